update delivery
set
    state = 'pending',
    due_at = $due_at,
    lease = null,
    reason = $reason,
    may_have_arrived = max(may_have_arrived, $may_have_arrived)
where number = $number and state = 'leased' and lease = $lease
