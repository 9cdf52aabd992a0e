-- title: Latency
-- summary: How long predictions waited (queue and boot) and how long they ran; a percentile is a value that occurred.
-- source: record
-- period: month
-- parameters: period, by, where, zone, known_on
-- by: model
-- column: predictions | count | sum | Predictions and trainings.
-- column: wait_seconds_p50 | seconds | each | Half waited no longer.
-- column: wait_seconds_p90 | seconds | each | Nine of ten waited no longer.
-- column: wait_seconds_p99 | seconds | each | 99 of 100 waited no longer.
-- column: run_seconds_p50 | seconds | each | Half ran no longer.
-- column: run_seconds_p90 | seconds | each | Nine of ten ran no longer.
-- column: run_seconds_p99 | seconds | each | 99 of 100 ran no longer.
-- column: waiting_percent | percent | ratio(wait_seconds, whole_seconds) | Part of the whole time that was waiting.
-- detail: wait_seconds | seconds | sum | Seconds waited, of those whose start is known.
-- detail: run_seconds | seconds | sum | Seconds run.
-- detail: whole_seconds | seconds | sum | Both together.
-- detail: waited | count | sum | Predictions whose start is known.
with observed as (
    select {dimensions}, queue_seconds, active_seconds
    from record
    {bucket}
    where charged_at >= $start and charged_at < $end and {where}
),
measured as (
    select
        {by},
        count(*) as predictions,
        count(queue_seconds) as waited,
        coalesce(sum(queue_seconds), 0) as wait_seconds,
        coalesce(sum(active_seconds), 0) as run_seconds,
        quantile_disc(queue_seconds, [0.5, 0.9, 0.99]) as wait,
        quantile_disc(active_seconds, [0.5, 0.9, 0.99]) as run
    from observed
    group by {by}
)
select
    {by},
    predictions,
    wait[1] as wait_seconds_p50,
    wait[2] as wait_seconds_p90,
    wait[3] as wait_seconds_p99,
    run[1] as run_seconds_p50,
    run[2] as run_seconds_p90,
    run[3] as run_seconds_p99,
    wait_seconds,
    run_seconds,
    wait_seconds + run_seconds as whole_seconds,
    waited
from measured
order by predictions desc, {by}
