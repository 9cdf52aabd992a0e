-- The careful lane's rows, spooled by record.py as JSON lines in which every number and instant is text,
-- cast here without passing through a double.
create or replace temp table careful_row as
select
    line,
    id,
    concat_ws(
        chr(31), kind, account, model, version, deployment,
        case when hardware = '' then $hardware else hardware end, selectors
    ) as subject_key,
    hardware = '' and $hardware <> '' as is_hardware_given,
    status,
    nullif(source, '') as source,
    cast(created_at as timestamp) as created_at,
    cast(started_at as timestamp) as started_at,
    cast(completed_at as timestamp) as completed_at,
    cast(predict_seconds as decimal(18, 9)) as predict_seconds,
    cast(total_seconds as decimal(18, 9)) as total_seconds,
    case when cardinality(quantities) > 0 then map_from_entries(list_sort(map_entries(
        cast(quantities as map(varchar, decimal(18, 9)))
    ))) end as quantities,
    other_metrics,
    case when cardinality(tags) > 0 then map_from_entries(list_sort(map_entries(tags))) end as tags,
    has_error,
    data_removed,
    is_rounded,
    input_hash
from read_json(
    $path,
    format = 'newline_delimited',
    maximum_object_size = $line_bytes,
    columns = {
        line: 'BIGINT', id: 'VARCHAR', kind: 'VARCHAR', account: 'VARCHAR', model: 'VARCHAR', version: 'VARCHAR',
        deployment: 'VARCHAR', hardware: 'VARCHAR', selectors: 'VARCHAR', status: 'VARCHAR', source: 'VARCHAR',
        created_at: 'VARCHAR', started_at: 'VARCHAR', completed_at: 'VARCHAR', predict_seconds: 'VARCHAR',
        total_seconds: 'VARCHAR', quantities: 'MAP(VARCHAR, VARCHAR)', other_metrics: 'VARCHAR',
        tags: 'MAP(VARCHAR, VARCHAR)', has_error: 'BOOLEAN', data_removed: 'BOOLEAN', is_rounded: 'BOOLEAN',
        input_hash: 'VARCHAR'
    }
);
