-- The fast lane: JSON lines become rows inside DuckDB, in the order of the file's non-blank lines.
-- A line is clean when nothing in it needs judgement. Every other line (is_clean = false) is read again by
-- record.py, which is the definition; where both can read a line they agree, and a test holds them to it.
-- No `in` with five values or more, and no `list_contains`: DuckDB makes joins of them, and a join loses the order.
-- Metrics are clean if their names are short, each of them once and, by the length of them all, not too many.
-- Input fields that may bill are looked at only to send their line to the definition; none is kept here.
create or replace temp table clean_line as
with line as (
    select
        id, model, version, deployment, status, source, kind, hardware, account, tags, error, data_removed, metrics,
        urls.get as url,
        input as billed_input,
        created_at as created_text, started_at as started_text, completed_at as completed_text
    from read_json(
        $path,
        format = 'newline_delimited',
        compression = 'uncompressed',
        ignore_errors = true,
        maximum_object_size = $line_bytes,
        columns = {
            id: 'VARCHAR', model: 'VARCHAR', version: 'VARCHAR', deployment: 'VARCHAR', status: 'VARCHAR',
            source: 'VARCHAR', kind: 'VARCHAR', hardware: 'VARCHAR', account: 'VARCHAR', tags: 'VARCHAR',
            error: 'VARCHAR', data_removed: 'JSON', metrics: 'JSON', urls: 'STRUCT(get VARCHAR)',
            input: 'JSON', created_at: 'VARCHAR', started_at: 'VARCHAR', completed_at: 'VARCHAR'
        }
    )
),
read_line as (
    select
        -- all columns: those of line, above.
        *,
        try_cast(created_text as timestamp) as created_at,
        try_cast(started_text as timestamp) as started_at,
        try_cast(completed_text as timestamp) as completed_at,
        coalesce(regexp_full_match(
            metrics, '\{(?:"[a-z_]+":-?(?:[0-9]{1,6}\.[0-9]{1,9}|[0-9]{1,9}),?)*\}'
        ), false) as has_plain_metrics
    from line
),
measured_line as (
    select
        -- all columns: those of read_line, above.
        *,
        case
            when has_plain_metrics and strlen(metrics) <= 1200 and (
                regexp_full_match(
                    metrics, '\{(?:"predict_time":[^,]*)?(?:,"total_time":[^,]*)?\}|\{"total_time":[^,]*\}'
                )
                or not regexp_matches(metrics, '[a-z_]{129}')
                and len(list_distinct(json_keys(metrics))) = len(json_keys(metrics))
            ) then json_transform(metrics, '"MAP(VARCHAR, DECIMAL(18, 9))"')
        end as measure
    from read_line
)
select
    id,
    concat_ws(
        chr(31),
        case when contains(url, '/trainings/') then 'training' else 'prediction' end,
        '', model, version, coalesce(deployment, ''), coalesce(hardware, $hardware), '{}'
    ) as subject_key,
    status,
    source,
    created_at,
    started_at,
    completed_at,
    measure['predict_time'] as predict_seconds,
    measure['total_time'] as total_seconds,
    case
        when cardinality(measure) > 2 or not (
            cardinality(measure) = 0 or predict_seconds is not null or total_seconds is not null
        ) or cardinality(measure) = 2 and (predict_seconds is null or total_seconds is null)
            then map_from_entries(list_sort(list_filter(
                map_entries(measure), lambda entry: entry.key not in ('predict_time', 'total_time')
            )))
    end as quantities,
    hardware is null and $hardware <> '' as is_hardware_given,
    coalesce(error, '') <> '' as has_error,
    coalesce(data_removed = 'true', false) as data_removed,
    coalesce(
        length(id) = 26 and regexp_full_match(id, '[0-9]*[a-z][a-z0-9]*')
        and regexp_full_match(status, 'succeeded|failed|canceled|aborted|starting|processing')
        and strlen(model) <= 256 and regexp_full_match(model, '[A-Za-z][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+')
        and (version = 'hidden' or length(version) = 64 and regexp_full_match(version, '[0-9]*[a-f][0-9a-f]*'))
        and (deployment is null or strlen(deployment) <= 256 and regexp_full_match(deployment, '[A-Za-z][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+'))
        and (source is null or source in ('api', 'web'))
        and (hardware is null or list_position($skus, hardware) > 0)
        and (data_removed is null or data_removed in ('true', 'false'))
        and (url is null or starts_with(url, 'https://'))
        and not starts_with(coalesce(error, ''), '{') and not starts_with(coalesce(error, ''), '[')
        and (created_text is null or created_at is not null and regexp_full_match(
            created_text, '20[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z'
        ))
        and (started_text is null or started_at is not null and regexp_full_match(
            started_text, '20[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z'
        ))
        and (completed_text is null or completed_at is not null and regexp_full_match(
            completed_text, '20[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z'
        ))
        and charge_instant(completed_at, started_at, created_at) is not null
        and measure is not null
        and coalesce(billed_input, '{}') = '{}'
        and kind is null and account is null and tags is null,
        false
    ) as is_clean
from measured_line;
