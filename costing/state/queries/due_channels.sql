-- Channels for which somebody could send something now, or as soon as their hold is over.
select distinct channel
from delivery
where state in ('pending', 'leased') and due_at <= $now
order by channel
