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
        min(s.subject_id) as first_subject_id,
        arg_min(t.term_id, s.subject_id) as term_id
    from subject as s
    inner join {steady_term} as one on s.subject_id = one.subject_id
    inner join {term} as t on one.term_id = t.term_id
    group by {subject_dimensions}, t.price_number
),

used_row as (
    select
        {row_dimensions},
        alike.first_subject_id as subject_id,
        alike.term_id,
        status,
        basis,
        charged_at,
        1 as predictions,
        active_seconds,
        active_seconds as quantity
    from run
    inner join alike on run.subject_id = alike.subject_id
    {bucket}
    where charged_at >= $before_start and charged_at < $end and {row_where}

    union all

    select
        {row_dimensions},
        subject_id,
        term_id,
        status,
        basis,
        charged_at,
        predictions,
        active_seconds,
        quantity
    from {used_changing}
    {bucket}
    where charged_at >= $before_start and charged_at < $end and {row_where}
)

select
    columns('^row_'),
    subject_id,
    term_id,
    status,
    basis,
    cast(
        case when charged_at >= $start then 2 when charged_at < $same_days_end then 1 else 0 end as utinyint
    ) as part,
    min(charged_at) as first_at,
    max(charged_at) as last_at,
    sum(predictions) as predictions,
    count_if(status = 'always_on') as hours,
    sum(active_seconds) as active_seconds,
    sum(quantity) as quantity
from used_row
group by all
