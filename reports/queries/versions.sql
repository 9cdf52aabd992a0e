-- title: Versions
-- summary: What each new version of a model did to the cost of a prediction; versions stand in the order in which they were first run in the period.
-- source: charge
-- period: month
-- parameters: period, where, zone, book, known_on, prices_known_on
-- always: model, version
-- column: first_at | instant | each | Charge instant of its first prediction in the period.
-- column: last_at | instant | each | Charge instant of its last prediction in the period.
-- column: predictions | count | sum | Predictions and trainings, rated or not.
-- column: succeeded | count | sum | Those that succeeded.
-- column: amount_usd | usd | sum(unrated) | What is charged; unknown where nothing of the line is rated.
-- column: usd_per_prediction | price | ratio(amount_usd, rated) | Amount for one rated prediction.
-- column: before_usd_per_prediction | price | ratio(before_usd, before_rated) | The same of the version before.
-- column: change_percent | percent | change(usd_per_prediction, before_usd_per_prediction) | What the version changed.
-- column: seconds_per_prediction | seconds | ratio(seconds, predictions) | Seconds that one prediction ran.
-- detail: rated | count | sum | Predictions with an amount.
-- detail: unrated | count | sum | Predictions without an amount.
-- detail: seconds | seconds | sum | Seconds that they ran.
-- detail: before_usd | usd | each | What the version before was charged.
-- detail: before_rated | count | each | Rated predictions of the version before.
with version_sum as (
    select
        {by},
        min(first_at) as first_at,
        max(last_at) as last_at,
        sum(predictions) as predictions,
        coalesce(sum(predictions) filter (where status = 'succeeded'), 0) as succeeded,
        sum(amount_usd) as amount_usd,
        coalesce(sum(predictions) filter (where state = 'rated'), 0) as rated,
        coalesce(sum(predictions + hours) filter (where state = 'unrated'), 0) as unrated,
        coalesce(sum(active_seconds), 0) as seconds
    from spend
    group by {by}
)
select
    {by},
    first_at,
    last_at,
    predictions,
    succeeded,
    amount_usd,
    rated,
    unrated,
    seconds,
    lag(amount_usd) over earlier as before_usd,
    lag(rated) over earlier as before_rated
from version_sum
window earlier as (partition by by_1 order by first_at, by_2)
order by by_1, first_at, by_2
