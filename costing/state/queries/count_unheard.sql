-- Alerts that reached nobody: every message of their opening was refused or given up.
select count(distinct alert_id) as alert_count
from delivery as refused
where
    refused.event = 'opened' and refused.state = 'dead' and refused.created_at >= $created_from
    and not exists (
        select 1
        from delivery as other
        where
            other.alert_id = refused.alert_id and other.event = 'opened' and other.state <> 'dead'
    )
