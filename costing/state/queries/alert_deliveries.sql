select
    number, alert_id, channel, event, state, created_at, due_at,
    attempt_count, may_have_arrived, finished_at, reason, fallback_of
from delivery
where alert_id = $alert_id
order by number
