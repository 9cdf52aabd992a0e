-- title: Spend of the month
-- summary: What was spent, by any dimensions, against the period before and the same days of it.
-- source: charge
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on, top
-- before: yes
-- essential: predictions, unrated, amount_usd, before_usd
-- by: model
-- column: amount_usd | usd | sum(unrated) | What is charged; unknown where nothing of the line is rated.
-- column: share_percent | percent | share(amount_usd) | Its share of the total.
-- column: predictions | count | sum | Predictions and trainings, rated or not.
-- column: unrated | count | sum | Those, and hours of instances kept on, without an amount.
-- column: seconds | seconds | sum | Seconds that they ran.
-- column: units | units | sum | Units charged for, other than seconds.
-- column: before_usd | usd | sum(before_unrated) | What was charged in the whole period before; unknown by day or month.
-- column: change_percent | percent | change(amount_usd, before_usd) | Change against the period before.
-- column: same_days_usd | usd | sum(same_days_unrated) | What was charged in the same days of the period before.
-- column: same_days_change_percent | percent | change(amount_usd, same_days_usd) | Change against the same days of the period before.
-- detail: change_usd | usd | difference(amount_usd, before_usd) | Difference to the period before.
-- detail: same_days_change_usd | usd | difference(amount_usd, same_days_usd) | Difference to the same days of the period before.
-- detail: before_unrated | count | sum | Predictions of the whole period before without an amount.
-- detail: same_days_unrated | count | sum | Those of the same days of the period before.
-- detail: list_amount_usd | usd | sum(unrated) | The same at list prices, before discounts and contracts.
-- detail: rated | count | sum | Predictions with an amount.
-- detail: pending | count | sum | Predictions that have not ended.
-- detail: unrated_seconds | seconds | sum | Seconds that the unrated ones ran.
-- detail: estimate_usd | usd | sum | Part of the amount that rests on weak evidence of the hardware.
-- detail: lower_bound_usd | usd | sum | Part of the amount that is the least it can have cost.
with unit_sum as (
    select
        {by},
        unit,
        part,
        sum(amount_usd) as amount_usd,
        sum(list_amount_usd) as list_amount_usd,
        sum(predictions) as predictions,
        sum(active_seconds) as seconds,
        sum(billed_quantity) filter (where state = 'rated') as quantity,
        sum(predictions) filter (where state = 'rated') as rated,
        sum(predictions + hours) filter (where state = 'unrated') as unrated,
        sum(predictions) filter (where state = 'pending') as pending,
        sum(active_seconds) filter (where state = 'unrated') as unrated_seconds,
        sum(amount_usd) filter (where is_estimate) as estimate_usd,
        sum(amount_usd) filter (where is_lower_bound) as lower_bound_usd
    from spend
    group by {by}, unit, part
)
select
    {by},
    if(count_if(part = 2) = 0, 0, sum(amount_usd) filter (where part = 2)) as amount_usd,
    coalesce(sum(predictions) filter (where part = 2), 0) as predictions,
    coalesce(sum(seconds) filter (where part = 2), 0) as seconds,
    map_from_entries(
        list(struct_pack(k := unit, v := quantity) order by unit)
            filter (where part = 2 and unit <> 'second' and quantity > 0)
    ) as units,
    if(count_if(part < 2) = 0, $nothing_before, sum(amount_usd) filter (where part < 2)) as before_usd,
    if(count_if(part = 1) = 0, $nothing_before, sum(amount_usd) filter (where part = 1)) as same_days_usd,
    if(count_if(part = 2) = 0, 0, sum(list_amount_usd) filter (where part = 2)) as list_amount_usd,
    coalesce(sum(rated) filter (where part = 2), 0) as rated,
    coalesce(sum(unrated) filter (where part = 2), 0) as unrated,
    coalesce(sum(unrated) filter (where part < 2), 0) as before_unrated,
    coalesce(sum(unrated) filter (where part = 1), 0) as same_days_unrated,
    coalesce(sum(pending) filter (where part = 2), 0) as pending,
    coalesce(sum(unrated_seconds) filter (where part = 2), 0) as unrated_seconds,
    coalesce(sum(estimate_usd) filter (where part = 2), 0) as estimate_usd,
    coalesce(sum(lower_bound_usd) filter (where part = 2), 0) as lower_bound_usd
from unit_sum
group by {by}
order by amount_usd desc nulls last, before_usd desc nulls last, {by}
