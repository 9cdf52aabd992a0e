-- The UTC dates on which something was charged: a calendar is made for no more than these.
select cast(charged_at as date) as day
from record
where charged_at >= $before_start and charged_at < $end
union
select cast(begins_at as date) as day
from standing
where begins_at >= $before_start and begins_at < $end
order by day
