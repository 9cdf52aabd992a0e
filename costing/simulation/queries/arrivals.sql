-- Billed requests of one tier, in order: nanoseconds since 1970, and that each ran. Of one price and of one
-- pool, where these are not null.
-- Seconds have nine decimals, so whole nanoseconds are exact.
select
    epoch_us(created_at) * 1000 as arrival,
    cast(cast(billed_quantity as decimal(28, 9)) * cast(1000000000 as decimal(10, 0)) as bigint) as service
from simulated_request
where
    billed_quantity > 0
    and sku = $sku
    and ($pool is null or pool = $pool)
    and ($unit_price_usd is null or unit_price_usd = cast($unit_price_usd as decimal(20, 12)))
order by arrival, prediction_id;
