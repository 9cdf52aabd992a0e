-- Known ids that changed: what they said goes to the history, conflicts are recorded, the merged row takes its place.
insert into ledger.conflict
select
    md5(concat_ws(chr(31), p.id, cast(m.conflicting_fields as varchar), cast(p as varchar), cast(m as varchar))) as digest,
    p.id,
    cast($ingest_id as integer) as ingest_id,
    array_to_string(m.conflicting_fields, ', ') as fields,
    cast(to_json({
        'status': m.status, 'subject': replace(m.subject_key, chr(31), ' | '), 'started_at': m.started_at,
        'completed_at': m.completed_at, 'predict_time': cast(m.predict_seconds as varchar),
        'metrics': cast(m.quantities as varchar)
    }) as varchar) as kept,
    cast(to_json({
        'status': p.status, 'subject': replace(k.subject_key, chr(31), ' | '), 'started_at': p.started_at,
        'completed_at': p.completed_at, 'predict_time': cast(p.predict_seconds as varchar),
        'metrics': cast(p.quantities as varchar)
    }) as varchar) as dropped,
    cast($observed_at as timestamp) as recorded_at
from merged_row as m
join ledger.prediction as p on p.id = m.id
join subject_key as k on k.subject_id = p.subject_id
where len(m.conflicting_fields) > 0;

insert into ledger.prediction_history
select
    p.id, p.subject_id, p.status, p.source, p.created_at, p.started_at, p.completed_at, p.charged_at,
    p.predict_seconds, p.total_seconds, p.quantities, p.other_metrics, p.tags, p.has_error, p.data_removed,
    p.is_rounded, p.input_hash, p.ingest_id, cast($ingest_id as integer) as superseded_by_ingest
from ledger.prediction as p
where p.id in (select id from merged_row);

delete from ledger.prediction
where id in (select id from merged_row);

insert into ledger.prediction
select
    m.id, k.subject_id, m.status, m.source, m.created_at, m.started_at, m.completed_at, m.charged_at,
    m.predict_seconds, m.total_seconds, m.quantities, m.other_metrics, m.tags, m.has_error, m.data_removed,
    m.is_rounded, m.input_hash, cast($ingest_id as integer) as ingest_id
from merged_row as m
join subject_key as k on k.subject_key = m.subject_key;
