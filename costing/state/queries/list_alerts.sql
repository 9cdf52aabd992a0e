-- The newest first; those of one budget with those about all budgets, only open ones, or all.
select
    number, alert_id, budget, period, basis, threshold, episode,
    severity, opened_at, threshold_usd, summary, payload, is_sent, closed_at, closure
from alert
where
    ($budget is null or budget in ($budget, '*'))
    and ($opened_from is null or opened_at >= $opened_from)
    and (not $only_open or closed_at is null)
order by number desc
limit $most_rows
