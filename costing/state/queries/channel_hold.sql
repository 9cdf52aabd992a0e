select until
from channel_hold
where channel = $channel
