-- Rows whose id stands more than once in the source, in one canonical order that owes nothing to the order of the
-- lines: unfinished before finished, then by what the rows say. Identical rows share an occurrence. Of each id the last
-- $most_rounds contents have a round each; those before them share the first one.
create or replace temp table repeated_row as
with repeated_id as (
    select id from stage group by id having count(*) > 1
),
numbered_row as (
    select
        -- all columns: those of stage, as a repeat is a staged row and its occurrence.
        *,
        dense_rank() over (
            partition by id
            order by
                progress(status, completed_at),
                completed_at nulls first, started_at nulls first, predict_seconds nulls first, data_removed, status,
                created_at nulls first, total_seconds nulls first, subject_key, is_hardware_given, source nulls first,
                cast(quantities as varchar) nulls first, other_metrics nulls first, cast(tags as varchar) nulls first,
                has_error, is_rounded, input_hash nulls first
        ) as occurrence
    from stage
    where id in (select id from repeated_id)
)
select
    -- all columns: those of numbered_row, above.
    *,
    greatest(1, occurrence - greatest(0, max(occurrence) over (partition by id) - $most_rounds)) as round
from numbered_row;
