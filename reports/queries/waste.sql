-- title: Waste
-- summary: What failed, canceled and aborted runs cost, and what was spared because some of them cost nothing.
-- source: charge
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on, top
-- essential: wasted_usd, spared_usd, failed, canceled, aborted, amount_usd, unrated
-- by: model
-- column: wasted_usd | usd | sum(wasted_unrated) | What was charged for runs that did not succeed.
-- column: waste_percent | percent | ratio(wasted_usd, amount_usd) | Its part of all that the line was charged.
-- column: spared_usd | usd | sum | What the runs that cost nothing would have cost.
-- column: failed | count | sum | Runs that failed.
-- column: canceled | count | sum | Runs that were canceled.
-- column: aborted | count | sum | Runs that were aborted.
-- column: wasted_seconds | seconds | sum | Seconds that all of these ran.
-- column: amount_usd | usd | sum(unrated) | All that the line was charged, success and waste.
-- detail: failed_usd | usd | sum | What was charged for failed runs.
-- detail: canceled_usd | usd | sum | What was charged for canceled runs.
-- detail: aborted_usd | usd | sum | What was charged for aborted runs.
-- detail: unrated | count | sum | Those of the line without an amount, success and waste.
-- detail: wasted_unrated | count | sum | Runs that did not succeed and have no amount.
with run_sum as (
    select
        {by},
        status,
        status in ('failed', 'canceled', 'aborted') as is_wasted,
        sum(predictions) as predictions,
        sum(predictions + hours) filter (where state = 'unrated') as unrated,
        sum(active_seconds) as seconds,
        sum(amount_usd) as amount_usd,
        sum(spared_amount_usd) as spared_usd
    from spend
    group by {by}, status
)
select
    {by},
    if(count_if(is_wasted) = 0, 0, sum(amount_usd) filter (where is_wasted)) as wasted_usd,
    if(count_if(is_wasted) = 0, 0, sum(spared_usd) filter (where is_wasted)) as spared_usd,
    coalesce(sum(predictions) filter (where status = 'failed'), 0) as failed,
    coalesce(sum(predictions) filter (where status = 'canceled'), 0) as canceled,
    coalesce(sum(predictions) filter (where status = 'aborted'), 0) as aborted,
    coalesce(sum(seconds) filter (where is_wasted), 0) as wasted_seconds,
    sum(amount_usd) as amount_usd,
    coalesce(sum(amount_usd) filter (where status = 'failed'), 0) as failed_usd,
    coalesce(sum(amount_usd) filter (where status = 'canceled'), 0) as canceled_usd,
    coalesce(sum(amount_usd) filter (where status = 'aborted'), 0) as aborted_usd,
    coalesce(sum(unrated), 0) as unrated,
    coalesce(sum(unrated) filter (where is_wasted), 0) as wasted_unrated
from run_sum
group by {by}
order by wasted_usd desc nulls last, spared_usd desc nulls last, amount_usd desc nulls last, {by}
