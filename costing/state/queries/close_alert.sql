-- Touches no row where it is closed already, or was never recorded. What a person acknowledged may still be noted
-- as re-armed, since acknowledging says nothing about the next time.
update alert
set closed_at = coalesce(closed_at, $closed_at), closure = $closure
where
    alert_id = $alert_id
    and (closed_at is null or (closure = 'acknowledged' and $closure in ('rearmed', 'limit_raised')))
