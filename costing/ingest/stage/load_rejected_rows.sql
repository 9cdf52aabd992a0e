-- What record.py refused, spooled as JSON lines.
create or replace temp table rejected_row as
select line, raw, reason, field, is_retriable
from read_json(
    $path,
    format = 'newline_delimited',
    maximum_object_size = $line_bytes,
    columns = {line: 'BIGINT', raw: 'VARCHAR', reason: 'VARCHAR', field: 'VARCHAR', is_retriable: 'BOOLEAN'}
);
