select number, received_at, origin, kind, body
from inbox
where number > $after and number <= $through and origin = $origin
order by number
limit $most_rows
