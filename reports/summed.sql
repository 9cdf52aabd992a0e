-- Usage summed by what decides its price, and by those asked dimensions in which records of one
-- subject may differ. The charges of a period are read once, here, and before any price is known.
-- part: 2 in the period; 1 and 0 in the period before, 1 where it is among the same days.
create or replace temp table {used}_sum as
select
    {row_dimensions},
    subject_id,
    term_id,
    status,
    basis,
    case when charged_at >= $start then 2 when charged_at < $same_days_end then 1 else 0 end as part,
    min(charged_at) as first_at,
    max(charged_at) as last_at,
    sum(predictions) as predictions,
    sum(active_seconds) as active_seconds,
    sum(quantity) as quantity
from {used}
{bucket}
where charged_at >= $before_start and charged_at < $end and {row_where}
group by all
