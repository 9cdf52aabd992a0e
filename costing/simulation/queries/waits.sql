-- Waits that were seen on one tier, in seconds, pool by pool, those with the most requests first; the
-- public pool has no name. Null where no record shows a wait.
select
    pool,
    count(*) as requests,
    count(queue_seconds) as seen,
    quantile_disc(queue_seconds, 0.5) as p50,
    quantile_disc(queue_seconds, 0.95) as p95,
    quantile_disc(queue_seconds, 0.99) as p99
from simulated_request
where sku = $sku and billed_quantity > 0
group by pool
order by requests desc, pool;
