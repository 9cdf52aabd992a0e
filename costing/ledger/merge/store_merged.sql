-- Known ids that changed: what they said goes to the history, conflicts are recorded field by field, the merged row
-- takes its place.
create or replace temp macro field_text(field, row_value, part) as
    case field
        when 'status' then row_value.status
        when 'kind' then part[1]
        when 'account' then part[2]
        when 'model' then part[3]
        when 'version' then part[4]
        when 'deployment' then part[5]
        when 'hardware' then part[6]
        when 'selectors' then part[7]
        when 'started_at' then strftime(row_value.started_at, '%Y-%m-%dT%H:%M:%S.%fZ')
        when 'completed_at' then strftime(row_value.completed_at, '%Y-%m-%dT%H:%M:%S.%fZ')
        when 'predict_time' then cast(row_value.predict_seconds as varchar)
        when 'metrics' then array_to_string(list_transform(
            map_entries(row_value.quantities), lambda entry: concat(entry.key, ' ', cast(entry.value as varchar))
        ), ', ')
    end;

insert into ledger.conflict by name
with contradiction as (
    select
        p.id,
        unnest(m.conflicting_fields) as field,
        m as kept_row,
        string_split(m.subject_key, chr(31)) as kept_part,
        p as dropped_row,
        string_split(k.subject_key, chr(31)) as dropped_part
    from merged_row as m
    join ledger.prediction as p on p.id = m.id
    join subject_key as k on k.subject_id = p.subject_id
    where len(m.conflicting_fields) > 0
),
field_of_conflict as (
    select
        id,
        field,
        field_text(field, kept_row, kept_part) as kept,
        field_text(field, dropped_row, dropped_part) as dropped
    from contradiction
)
select
    md5(concat_ws(chr(31), id, field, kept, dropped)) as digest,
    id,
    cast($ingest_id as integer) as ingest_id,
    field,
    kept,
    dropped,
    cast($observed_at as timestamp) as recorded_at
from field_of_conflict;

insert into ledger.prediction_history
select
    -- all columns: those of the row that is replaced, and by which ingest.
    p.*, cast($ingest_id as integer) as superseded_by_ingest
from ledger.prediction as p
where p.id in (select id from merged_row);

delete from ledger.prediction
where id in (select id from merged_row);

insert into ledger.prediction by name
select
    m.id, k.subject_id, m.is_hardware_given, m.status, m.source, m.created_at, m.started_at, m.completed_at,
    m.charged_at, m.predict_seconds, m.total_seconds, m.quantities, m.other_metrics, m.tags, m.has_error,
    m.data_removed, m.is_rounded, m.input_hash, cast($ingest_id as integer) as ingest_id
from merged_row as m
join subject_key as k on k.subject_key = m.subject_key;
