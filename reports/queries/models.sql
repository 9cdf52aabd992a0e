-- title: Models
-- summary: What each model cost, how its predictions ended, and what one of them cost.
-- source: charge
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on, top
-- always: model
-- column: amount_usd | usd | sum(unrated) | What is charged; unknown where nothing of the line is rated.
-- column: share_percent | percent | share(amount_usd) | Its share of the total.
-- column: predictions | count | sum | Predictions and trainings, rated or not.
-- column: succeeded | count | sum | Those that succeeded.
-- column: failed | count | sum | Those that failed.
-- column: canceled | count | sum | Those that were canceled or aborted.
-- column: unrated | count | sum | Those, and hours of instances kept on, without an amount.
-- column: seconds | seconds | sum | Seconds that they ran.
-- column: usd_per_prediction | price | ratio(amount_usd, rated) | Amount for one rated prediction.
-- detail: rated | count | sum | Predictions with an amount.
-- detail: list_amount_usd | usd | sum | The same at list prices, before discounts and contracts.
select
    {by},
    sum(amount_usd) as amount_usd,
    sum(predictions) as predictions,
    coalesce(sum(predictions) filter (where status = 'succeeded'), 0) as succeeded,
    coalesce(sum(predictions) filter (where status = 'failed'), 0) as failed,
    coalesce(sum(predictions) filter (where status in ('canceled', 'aborted')), 0) as canceled,
    coalesce(sum(predictions + hours) filter (where state = 'unrated'), 0) as unrated,
    coalesce(sum(active_seconds), 0) as seconds,
    coalesce(sum(predictions) filter (where state = 'rated'), 0) as rated,
    sum(list_amount_usd) as list_amount_usd
from spend
group by {by}
order by amount_usd desc nulls last, predictions desc, {by}
