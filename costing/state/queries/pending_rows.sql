select number, received_at, origin, kind, body
from inbox
where number > $after
order by number
limit $most_rows
