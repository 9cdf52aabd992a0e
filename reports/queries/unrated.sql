-- title: Unrated
-- summary: What has no amount, why, and how to mend it; the longest running first.
-- source: charge
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on
-- always: reason
-- by: model, deployment
-- column: predictions | count | sum | Predictions and trainings without an amount.
-- column: seconds | seconds | sum | Seconds that they ran, or that instances were kept on.
-- column: share_percent | percent | share(seconds) | Their share of all unrated seconds.
-- column: first_at | instant | each | Charge instant of the first.
-- column: last_at | instant | each | Charge instant of the last.
-- column: mend | text | mend(reason) | What to do.
select
    {by},
    sum(predictions) as predictions,
    coalesce(sum(if(status = 'always_on', billed_quantity, active_seconds)), 0) as seconds,
    min(first_at) as first_at,
    max(last_at) as last_at
from spend
where state = 'unrated'
group by {by}
order by seconds desc, predictions desc, {by}
