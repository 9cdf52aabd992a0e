-- One record of the ledger with its subject and the source that it came from.
select
    p.id, p.subject_id, s.kind, s.account, s.model, s.version, s.deployment, s.hardware, s.selectors,
    p.status, p.created_at, p.started_at, p.completed_at, p.charged_at, p.predict_seconds, p.quantities,
    i.path, i.observed_at, p.is_hardware_given
from prediction as p
join subject as s on s.subject_id = p.subject_id
left join ingest as i on i.ingest_id = p.ingest_id
where p.id = $id;
