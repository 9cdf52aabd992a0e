-- What is unrated for want of hardware, by model, version and deployment, most seconds first.
select
    model, version, deployment,
    cast(sum(predictions) as bigint) as predictions,
    coalesce(sum(active_seconds), 0) as seconds
from charge
where reason = 'no_hardware'
group by model, version, deployment
order by seconds desc, predictions desc, model, version, deployment;
