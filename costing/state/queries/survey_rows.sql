-- What the first rows are, by the way that they came; their bodies are not read.
select origin, max(number) as last, max(received_at) as last_at
from (
    select number, received_at, origin
    from inbox
    order by number
    limit $most_rows
)
group by origin
order by origin
