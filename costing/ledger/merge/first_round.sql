-- The first round of a source: every row whose id stands once, and of each repeated id what comes first.
create or replace temp view incoming as
select
    id, subject_key, is_hardware_given, status, source, created_at, started_at, completed_at, charged_at, predict_seconds,
    total_seconds, quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash
from stage
where id not in (select id from repeated_row)
union all
select distinct
    id, subject_key, is_hardware_given, status, source, created_at, started_at, completed_at, charged_at, predict_seconds,
    total_seconds, quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash
from repeated_row
where round = 1 and id not in (select id from folded_row)
union all
select
    id, subject_key, is_hardware_given, status, source, created_at, started_at, completed_at, charged_at, predict_seconds,
    total_seconds, quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash
from folded_row;
