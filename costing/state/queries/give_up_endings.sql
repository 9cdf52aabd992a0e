-- A channel that will never hear of an alert need not hear that it is over.
update delivery
set state = 'dead', finished_at = $now, lease = null, reason = $reason
where
    alert_id = $alert_id and channel = $channel and event = 'closed'
    and state in ('pending', 'leased')
