-- title: Predictions
-- summary: What each prediction cost, the dearest first: what stands behind a line of another report, by ids that `costing explain` takes.
-- source: charge
-- period: month
-- parameters: period, where, zone, book, known_on, prices_known_on, top
-- column: prediction_id | text | each | Id of the prediction or training; `kept on …` is an hour in which instances of a deployment were kept on.
-- column: charged_at | instant | each | Its charge instant, UTC.
-- column: model | text | each | Owner/name of the model.
-- column: status | text | each | As Replicate gives it.
-- column: hardware | text | each | SKU that its time was priced by.
-- column: seconds | seconds | sum | Seconds that it ran.
-- column: amount_usd | usd | sum(unrated) | What is charged; unknown where it is not rated.
-- column: reason | text | each | Why there is no amount.
-- detail: deployment | text | each | Owner/name of the deployment.
-- detail: unrated | count | sum | 1 where it has no amount.
select
    by_0,
    prediction_id,
    charged_at,
    nullif(any_value(model), '') as model,
    any_value(status) as status,
    any_value(sku) as hardware,
    coalesce(sum(active_seconds), 0) as seconds,
    sum(amount_usd) as amount_usd,
    any_value(reason) as reason,
    nullif(any_value(deployment), '') as deployment,
    cast(bool_or(state = 'unrated') as integer) as unrated
from (
    select
        {dimensions},
        prediction_id, charged_at, model, status, sku, active_seconds, amount_usd, reason, deployment, state
    from charge
    where charged_at >= $start and charged_at < $end and {where}
)
group by by_0, prediction_id, charged_at
order by amount_usd desc nulls last, seconds desc, prediction_id
