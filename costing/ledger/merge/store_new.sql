-- Ids that the ledger has never held.
insert into ledger.prediction by name
select
    i.id, k.subject_id, i.is_hardware_given, i.status, i.source, i.created_at, i.started_at, i.completed_at,
    i.charged_at, i.predict_seconds, i.total_seconds, i.quantities, i.other_metrics, i.tags, i.has_error,
    i.data_removed, i.is_rounded, i.input_hash, cast($ingest_id as integer) as ingest_id
from incoming as i
join subject_key as k on k.subject_key = i.subject_key
where i.id not in (select id from known_id);
