-- title: Forecast
-- summary: What the period will cost by its end, by weekday and level of the days before; the total is the forecast of all together and not the sum of the lines.
-- source: charge
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on
-- derivation: forecast
-- history: 210
-- series: day
-- essential: spent_usd, forecast_usd, unrated
-- read: amount_usd | usd | sum | What the day cost.
-- read: spent_usd | usd | sum | The same if the day lies in the period.
-- read: unrated | count | sum | Predictions of the period without an amount.
-- column: spent_usd | usd | sum(unrated) | What was charged in the period so far.
-- column: forecast_usd | usd | each | What will have been charged at its end.
-- column: low_usd | usd | each | Eight of ten outcomes lie between this and high; unknown where the past is too short.
-- column: high_usd | usd | each | The other end.
-- column: method | text | each | How the days left were estimated: `weekdays`, `mean of days`, not at all as the period is over (`spent`) or for want of any whole day (`no history`).
-- column: history_days | count | each | Whole days known, before the period too.
-- column: confidence | text | each | `low` is no interval, `medium` a short history, `high` an interval that was tried; `certain` is over, and `at least` is over with predictions that have no amount and are left out.
-- column: coverage_percent | percent | each | How many of earlier outcomes lay in the interval they would have been shown; 80 % were to.
-- detail: unrated | count | sum | Predictions of the period without an amount.
-- detail: known_until | instant | each | The instant up to which spend is known; what came after is estimated.
select
    {by},
    sum(amount_usd) as amount_usd,
    if(count_if(part = 2) = 0, 0, sum(amount_usd) filter (where part = 2)) as spent_usd,
    coalesce(sum(predictions) filter (where part = 2 and state = 'unrated'), 0) as unrated
from spend
group by {by}
order by {by}
