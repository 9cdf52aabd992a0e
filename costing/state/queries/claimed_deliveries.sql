select
    delivery.number, delivery.alert_id, delivery.channel, delivery.event, delivery.created_at,
    delivery.attempt_count, delivery.may_have_arrived, delivery.fallback_of,
    alert.budget, alert.period, alert.basis, alert.threshold, alert.episode,
    alert.severity, alert.opened_at, alert.threshold_usd, alert.summary, alert.payload,
    alert.is_sent, alert.closed_at, alert.closure
from delivery
inner join alert on delivery.alert_id = alert.alert_id
where delivery.channel = $channel and delivery.state = 'leased' and delivery.lease = $lease
order by delivery.number
