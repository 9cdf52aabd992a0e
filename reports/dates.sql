-- The UTC dates on which something was charged: a calendar is made for no more than these.
select distinct cast(charged_at as date) as day
from record
where charged_at >= $before_start and charged_at < $end
order by day
