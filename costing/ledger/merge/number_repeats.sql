-- Rows whose id stands more than once in the source, in one canonical order that owes nothing to the order of the
-- lines: unfinished before finished, then by what the rows say. Identical rows share an occurrence.
create or replace temp table repeated_row as
with repeated_id as (
    select id from stage group by id having count(*) > 1
)
select
    -- all columns: those of stage, as a repeat is a staged row and its occurrence.
    *,
    dense_rank() over (
        partition by id
        order by
            is_finished(status, completed_at),
            status = 'processing',
            completed_at nulls first, started_at nulls first, predict_seconds nulls first, data_removed, status,
            created_at nulls first, total_seconds nulls first, subject_key, source nulls first,
            cast(quantities as varchar) nulls first, other_metrics nulls first, cast(tags as varchar) nulls first,
            has_error, is_rounded, input_hash nulls first
    ) as occurrence
from stage
where id in (select id from repeated_id);

-- Ids with more different contents than any record of Replicate has: they are no observations of one prediction, and
-- comparing them one by one would take for ever. Their rows are refused together.
create or replace temp table crowded_id as
select id, max(occurrence) as contents
from repeated_row
group by id
having max(occurrence) > $most_contents;

insert into rejected_row
select
    null as line,
    concat('{"id":"', r.id, '"}') as raw,
    concat('stands with ', c.contents, ' different contents, and at most ', $most_contents, ' are compared') as reason,
    'id' as field
from repeated_row as r
join crowded_id as c on c.id = r.id;

delete from repeated_row
where id in (select id from crowded_id);
