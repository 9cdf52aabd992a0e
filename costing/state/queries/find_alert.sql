-- Alerts whose id begins so; two rows are enough to know that it is not one.
select
    number, alert_id, budget, period, basis, threshold, episode,
    severity, opened_at, threshold_usd, summary, payload, is_sent, closed_at, closure
from alert
where alert_id between $prefix and $prefix || 'Z'
order by number
limit 2
