-- Requests that came when nothing of their deployment or private model was at work, on one tier: seconds
-- since the end of its work before, and seconds that each waited.
with request as (
    select
        prediction_id,
        created_at,
        queue_seconds,
        max(completed_at) over (
            partition by pool
            order by created_at, prediction_id
            rows between unbounded preceding and 1 preceding
        ) as ended_at
    from simulated_request
    where pool is not null and sku = $sku
)

select
    epoch(created_at) - epoch(ended_at) as gap_seconds,
    cast(queue_seconds as double) as wait_seconds
from request
where created_at > ended_at and queue_seconds is not null
order by created_at, prediction_id;
