-- The first round of a source: every row whose id stands once, and of each repeated id its first occurrence.
create or replace temp view incoming as
select
    id, subject_key, status, source, created_at, started_at, completed_at, charged_at, predict_seconds,
    total_seconds, quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash
from stage
where id not in (select id from repeated_row) and id not in (select id from crowded_id)
union all
select distinct
    id, subject_key, status, source, created_at, started_at, completed_at, charged_at, predict_seconds,
    total_seconds, quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash
from repeated_row
where occurrence = 1;
