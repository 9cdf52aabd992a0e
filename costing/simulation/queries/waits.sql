-- Waits that were seen on one tier, in seconds; null where no record shows one.
select
    count(queue_seconds) as seen,
    quantile_disc(queue_seconds, 0.5) as p50,
    quantile_disc(queue_seconds, 0.95) as p95,
    quantile_disc(queue_seconds, 0.99) as p99
from simulated_request
where sku = $sku and billed_quantity > 0;
