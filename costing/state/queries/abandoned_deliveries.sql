-- What nobody took for so long that nobody will: their channel is no longer in the file.
select number, alert_id, channel, event
from delivery
where state in ('pending', 'leased') and due_at <= $now and created_at <= $created_through
order by number
