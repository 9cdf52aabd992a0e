-- Both lanes as one: what a source said, a row a record. Narrow on purpose: the clean lane's constants are
-- written here once rather than a million times into memory. Tags given to the whole ingest lie beneath a row's own.
create or replace temp view stage as
select
    id, subject_key, is_hardware_given, status, source, created_at, started_at, completed_at,
    charge_instant(completed_at, started_at, created_at) as charged_at,
    predict_seconds, total_seconds, quantities,
    cast(null as varchar) as other_metrics,
    (select given_tags from ingest_default) as tags,
    has_error, data_removed,
    false as is_rounded,
    cast(null as varchar) as input_hash
from clean_line
where is_clean
union all
select
    id, subject_key, is_hardware_given, status, source, created_at, started_at, completed_at,
    charge_instant(completed_at, started_at, created_at) as charged_at,
    predict_seconds, total_seconds, quantities, other_metrics,
    case
        when tags is null then (select given_tags from ingest_default)
        when (select given_tags from ingest_default) is null then tags
        else map_from_entries(list_sort(map_entries(map_concat((select given_tags from ingest_default), tags))))
    end as tags,
    has_error, data_removed, is_rounded, input_hash
from careful_row;
