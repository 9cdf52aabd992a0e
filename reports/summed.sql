-- Usage summed by what decides its price, and by those asked dimensions in which records of one
-- subject may differ. The charges of a period are read once, here, and before any price is known.
-- part: 2 in the period; 1 and 0 in the period before, 1 where it is among the same days.
create or replace temp table {used}_sum as
with
-- Most subjects are priced by time under one term: their records are summed without looking at it. Those
-- that cost the same, and that this report does not tell apart, are summed as one: as the first of them.
alike as (
    select
        unnest(list(s.subject_id)) as subject_id,
        min(s.subject_id) as first_subject_id
    from subject as s
    inner join {steady_term} as one on s.subject_id = one.subject_id
    inner join {term} as t on one.term_id = t.term_id
    group by
        {subject_dimensions}, t.class, t.rule, t.unit, t.unit_price_usd, t.list_price_usd, t.is_estimate,
        t.is_lower_bound, t.reason
),

run_sum as (
    select
        {row_dimensions},
        first_subject_id as subject_id,
        status,
        basis,
        case when charged_at >= $start then 2 when charged_at < $same_days_end then 1 else 0 end
            as part,
        min(charged_at) as first_at,
        max(charged_at) as last_at,
        count(*) as predictions,
        0 as hours,
        sum(active_seconds) as active_seconds
    from run
    inner join alike on run.subject_id = alike.subject_id
    {bucket}
    where charged_at >= $before_start and charged_at < $end and {row_where}
    group by all
)

select
    -- all columns: those of run_sum, above.
    s.*,
    s.active_seconds as quantity,
    t.term_id
from run_sum as s
inner join {steady_term} as t on s.subject_id = t.subject_id

union all by name

select
    {row_dimensions},
    subject_id,
    status,
    basis,
    case when charged_at >= $start then 2 when charged_at < $same_days_end then 1 else 0 end
        as part,
    min(charged_at) as first_at,
    max(charged_at) as last_at,
    sum(predictions) as predictions,
    count_if(status = 'always_on') as hours,
    sum(active_seconds) as active_seconds,
    sum(quantity) as quantity,
    term_id
from {used_changing}
{bucket}
where charged_at >= $before_start and charged_at < $end and {row_where}
group by all
