-- What charges sum to, by the asked dimensions and by what every report may tell apart. All reports
-- on spend read this small table. It is priced from the sums of summed.sql, not row by row.
create or replace temp table {spend} as
select
    {sum_dimensions},
    part,
    status,
    state,
    reason,
    unit,
    is_estimate,
    is_lower_bound,
    min(first_at) as first_at,
    max(last_at) as last_at,
    sum(predictions) as predictions,
    -- hours in which instances of a deployment were kept on: no predictions, and yet an amount or none.
    sum(hours) as hours,
    sum(active_seconds) as active_seconds,
    sum(billed_quantity) as billed_quantity,
    sum(amount_usd) as amount_usd,
    sum(list_amount_usd) as list_amount_usd,
    sum(spared_amount_usd) as spared_amount_usd
from {charged}('{used}_sum')
where {sum_where}
group by all
