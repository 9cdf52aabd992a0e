-- title: Spend by day
-- summary: What was spent in each day of the asked zone that has predictions.
-- source: charge
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on
-- always: day
-- column: amount_usd | usd | sum(unrated) | What is charged; unknown where nothing of the line is rated.
-- column: share_percent | percent | share(amount_usd) | Its share of the total.
-- column: predictions | count | sum | Predictions and trainings, rated or not.
-- column: seconds | seconds | sum | Seconds that they ran.
-- column: unrated | count | sum | Predictions, and hours of instances kept on, without an amount.
-- detail: list_amount_usd | usd | sum | The same at list prices, before discounts and contracts.
-- detail: rated | count | sum | Predictions with an amount.
-- detail: pending | count | sum | Predictions that have not ended.
-- detail: unrated_seconds | seconds | sum | Seconds that the unrated ones ran.
select
    {by},
    sum(amount_usd) as amount_usd,
    sum(predictions) as predictions,
    coalesce(sum(active_seconds), 0) as seconds,
    sum(list_amount_usd) as list_amount_usd,
    coalesce(sum(predictions) filter (where state = 'rated'), 0) as rated,
    coalesce(sum(predictions + hours) filter (where state = 'unrated'), 0) as unrated,
    coalesce(sum(predictions) filter (where state = 'pending'), 0) as pending,
    coalesce(sum(active_seconds) filter (where state = 'unrated'), 0) as unrated_seconds
from spend
group by {by}
order by {by}
