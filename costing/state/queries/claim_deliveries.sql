-- The oldest that are due, for whoever names a lease that nobody else has. A lease that ran out
-- was somebody's who ended while sending, or was far too slow: what he sent may have arrived. That
-- an alert is over is told only when nothing more has to be told of its opening. Nothing is ever put off beyond
-- $latest: what seems to be was by a clock that ran ahead, and is due.
update delivery
set
    may_have_arrived = max(may_have_arrived, state = 'leased'),
    state = 'leased',
    lease = $lease,
    due_at = $until,
    attempt_count = attempt_count + 1
where number in (
    select candidate.number
    from delivery as candidate
    where
        candidate.channel = $channel
        and candidate.state in ('pending', 'leased')
        and candidate.due_at not between $now + 1 and $latest
        and (candidate.event = 'opened' or not exists (
            select 1
            from delivery as opening
            where
                opening.alert_id = candidate.alert_id
                and opening.channel = candidate.channel
                and opening.event = 'opened'
                and opening.state in ('pending', 'leased')
        ))
    order by candidate.due_at, candidate.number
    limit $most_rows
)
