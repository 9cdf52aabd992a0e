-- title: Quality
-- summary: Anomalies of the records by kind, and how each is taken; one record may show several.
-- source: record
-- period: all
-- parameters: period, by, where, zone, known_on
-- column: anomaly | text | each | The kind of anomaly.
-- column: predictions | count | each | Records that show it.
-- column: of_all_percent | percent | ratio(predictions, of_all) | Their part of all records of the line.
-- column: example | text | each | The first id that shows it, in the order of ids.
-- column: meaning | text | each | What it is and how it is taken.
-- detail: of_all | count | each | All records of the line.
with observed as (
    select
        {dimensions},
        prediction_id,
        is_started_before_created,
        is_completed_before_started,
        is_predict_time_missing,
        is_predict_time_negative,
        is_total_time_negative,
        is_started_missing,
        is_completed_missing,
        is_error_on_success,
        is_failed_with_time,
        is_rounded,
        is_data_removed,
        is_status_unknown
    from record
    {bucket}
    where charged_at >= $start and charged_at < $end and {where}
),
counted as (
    select
        {by},
        count(*) as of_all,
        [
            {
                anomaly: 'started_before_created',
                meaning: 'started before it was created; the wait counts as zero',
                predictions: count_if(is_started_before_created),
                example: min(prediction_id) filter (where is_started_before_created)
            },
            {
                anomaly: 'completed_before_started',
                meaning: 'completed before it started; its times give no seconds',
                predictions: count_if(is_completed_before_started),
                example: min(prediction_id) filter (where is_completed_before_started)
            },
            {
                anomaly: 'predict_time_missing',
                meaning: 'no predict_time; the seconds come from its times',
                predictions: count_if(is_predict_time_missing),
                example: min(prediction_id) filter (where is_predict_time_missing)
            },
            {
                anomaly: 'predict_time_negative',
                meaning: 'negative predict_time; the seconds come from its times',
                predictions: count_if(is_predict_time_negative),
                example: min(prediction_id) filter (where is_predict_time_negative)
            },
            {
                anomaly: 'total_time_negative',
                meaning: 'negative total_time; it is not used',
                predictions: count_if(is_total_time_negative),
                example: min(prediction_id) filter (where is_total_time_negative)
            },
            {
                anomaly: 'started_missing',
                meaning: 'no start',
                predictions: count_if(is_started_missing),
                example: min(prediction_id) filter (where is_started_missing)
            },
            {
                anomaly: 'completed_missing',
                meaning: 'succeeded without an end; it counts at its start or creation',
                predictions: count_if(is_completed_missing),
                example: min(prediction_id) filter (where is_completed_missing)
            },
            {
                anomaly: 'error_on_success',
                meaning: 'succeeded with an error text; it counts as succeeded',
                predictions: count_if(is_error_on_success),
                example: min(prediction_id) filter (where is_error_on_success)
            },
            {
                anomaly: 'failed_with_time',
                meaning: 'failed after running; what it costs is up to its billing class',
                predictions: count_if(is_failed_with_time),
                example: min(prediction_id) filter (where is_failed_with_time)
            },
            {
                anomaly: 'rounded',
                meaning: 'a number had more than 9 decimals',
                predictions: count_if(is_rounded),
                example: min(prediction_id) filter (where is_rounded)
            },
            {
                anomaly: 'data_removed',
                meaning: 'Replicate had removed input and output',
                predictions: count_if(is_data_removed),
                example: min(prediction_id) filter (where is_data_removed)
            },
            {
                anomaly: 'status_unknown',
                meaning: 'a status that is not known; it is not rated',
                predictions: count_if(is_status_unknown),
                example: min(prediction_id) filter (where is_status_unknown)
            }
        ] as kinds
    from observed
    group by {by}
),
kind as (
    select {by}, of_all, unnest(kinds) as found
    from counted
)
select
    {by},
    of_all,
    found.anomaly as anomaly,
    found.predictions as predictions,
    found.example as example,
    found.meaning as meaning
from kind
where found.predictions > 0
order by found.predictions desc, found.anomaly, {by}
