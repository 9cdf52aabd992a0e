-- The requests that a simulation replays: predictions of one component that are priced by the second and
-- were made in [$starts_at, $ends_at), with what the ledger charges for each.
-- Reads `charge`. Instances kept on are no requests, and what runs under no price cannot be compared.
-- `pool` is the deployment or private model whose instances a request waited for; null for the public pool.
create or replace temp table simulated_request as
select
    prediction_id,
    created_at,
    completed_at,
    coalesce(sku, '') as sku,
    case
        when class = 'online_time' then coalesce(nullif(deployment, ''), concat_ws(' ', model, version))
    end as pool,
    unit_price_usd,
    billed_quantity,
    amount_usd,
    queue_seconds
from charge
where
    kind = 'prediction'
    and unit = 'second'
    and class <> 'by_unit'
    and state = 'rated'
    and status <> 'always_on'
    and created_at is not null
    and amount_usd is not null
    and ($starts_at is null or created_at >= cast($starts_at as timestamp))
    and ($ends_at is null or created_at < cast($ends_at as timestamp))
    and ($model is null or model glob $model);
