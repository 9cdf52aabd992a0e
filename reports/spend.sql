-- Sums of charges, by the asked dimensions and by what every report may tell apart. All reports on
-- spend read this small table, so the charges themselves are read once and in one place.
-- part: 2 in the period; 1 and 0 in the period before, 1 where it is among the same days.
create or replace temp table {spend} as
select
    {dimensions},
    case when charged_at >= $start then 2 when charged_at < $same_days_end then 1 else 0 end as part,
    status,
    state,
    unit,
    is_estimate,
    is_lower_bound,
    min(charged_at) as first_at,
    max(charged_at) as last_at,
    sum(predictions) as predictions,
    sum(active_seconds) as active_seconds,
    sum(billed_quantity) as billed_quantity,
    sum(amount_usd) as amount_usd,
    sum(list_amount_usd) as list_amount_usd,
    sum(spared_amount_usd) as spared_amount_usd
from {charge}
{bucket}
where charged_at >= $before_start and charged_at < $end and {where}
group by all
