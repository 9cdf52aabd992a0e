-- title: Hardware
-- summary: What each hardware tier cost, and on what evidence it is known; nothing stands for what is billed by unit or unresolved.
-- source: charge
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on, top
-- always: hardware
-- by: evidence
-- column: amount_usd | usd | sum(unrated) | What is charged; unknown where nothing of the line is rated.
-- column: share_percent | percent | share(amount_usd) | Its share of the total.
-- column: predictions | count | sum | Predictions and trainings, rated or not.
-- column: unrated | count | sum | Those, and hours of instances kept on, without an amount.
-- column: seconds | seconds | sum | Seconds that they ran.
-- column: billed_seconds | seconds | sum | Seconds that were charged for.
-- column: usd_per_second | price | ratio(time_amount_usd, billed_seconds) | Amount for one second charged for.
-- detail: time_amount_usd | usd | sum | Part of the amount that is charged by the second.
-- detail: list_amount_usd | usd | sum | The amount at list prices, before discounts and contracts.
select
    {by},
    sum(amount_usd) as amount_usd,
    sum(predictions) as predictions,
    coalesce(sum(predictions + hours) filter (where state = 'unrated'), 0) as unrated,
    coalesce(sum(active_seconds), 0) as seconds,
    coalesce(sum(billed_quantity) filter (where unit = 'second' and state = 'rated'), 0)
        as billed_seconds,
    coalesce(sum(amount_usd) filter (where unit = 'second'), 0) as time_amount_usd,
    sum(list_amount_usd) as list_amount_usd
from spend
group by {by}
order by amount_usd desc nulls last, seconds desc, {by}
