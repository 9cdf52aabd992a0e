-- Open alerts that reached nobody: every message of their opening was refused or given up. One that somebody
-- acknowledged, or that is over, asks for nothing more.
select count(*) as alert_count
from alert as a
where
    a.closed_at is null
    and exists (
        select 1
        from delivery as refused
        where refused.alert_id = a.alert_id and refused.event = 'opened' and refused.state = 'dead'
    )
    and not exists (
        select 1
        from delivery as other
        where other.alert_id = a.alert_id and other.event = 'opened' and other.state <> 'dead'
    )
