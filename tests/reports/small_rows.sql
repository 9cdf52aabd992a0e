-- Predictions from one list a column.
insert into prediction by name
with row as (
    select
        unnest(cast($id as varchar[])) as id,
        unnest(cast($subject as integer[])) as subject_id,
        unnest(cast($status as varchar[])) as status,
        unnest(cast($source as varchar[])) as source,
        unnest(cast($created as timestamp[])) as created_at,
        unnest(cast($started as timestamp[])) as started_at,
        unnest(cast($at as timestamp[])) as charged_at,
        unnest(cast($seconds as decimal(18, 9)[])) as predict_seconds,
        unnest(cast($total as decimal(18, 9)[])) as total_seconds,
        unnest(cast($metrics as varchar[][])) as metrics,
        unnest(cast($counts as decimal(18, 9)[][])) as counts,
        unnest(cast($keys as varchar[][])) as keys,
        unnest(cast($texts as varchar[][])) as texts,
        unnest(cast($has_error as boolean[])) as has_error
)
select
    id,
    subject_id,
    status,
    source,
    created_at,
    started_at,
    charged_at as completed_at,
    charged_at,
    predict_seconds,
    total_seconds,
    map(metrics, counts) as quantities,
    map(keys, texts) as tags,
    has_error,
    false as data_removed,
    false as is_rounded,
    1 as ingest_id
from row
