insert into delivery (
    alert_id, channel, event, state, created_at, due_at, may_have_arrived, fallback_of
)
values ($alert_id, $channel, $event, 'pending', $now, $now, 0, $fallback_of)
on conflict (alert_id, channel, event) do nothing
