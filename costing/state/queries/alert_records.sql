-- What an evaluation has to know: every open alert, and all of the periods that it looks at.
select budget, period, basis, threshold, episode, threshold_usd, closure
from alert
where closed_at is null or period >= $period_from
order by number
