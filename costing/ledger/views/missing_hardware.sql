-- What is unrated for want of hardware, by model, version, deployment and the name that no tier has, most seconds first.
select
    model, version, deployment,
    cast(sum(predictions) as bigint) as predictions,
    coalesce(sum(if(status = 'always_on', quantity, active_seconds)), 0) as seconds,
    coalesce(sku, '') as hardware
from charge
where reason in ('no_hardware', 'unknown_hardware')
group by model, version, deployment, hardware
order by seconds desc, predictions desc, model, version, deployment, hardware;
