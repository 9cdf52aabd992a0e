-- A later round of a source: the next content of every id that still has one.
create or replace temp table later_row as
select distinct
    id, subject_key, is_hardware_given, status, source, created_at, started_at, completed_at, charged_at, predict_seconds,
    total_seconds, quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash
from repeated_row
where round = $round;

create or replace temp view incoming as
select
    id, subject_key, is_hardware_given, status, source, created_at, started_at, completed_at, charged_at, predict_seconds,
    total_seconds, quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash
from later_row;
