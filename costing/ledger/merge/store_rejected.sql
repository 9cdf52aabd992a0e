-- Rows that could not be read, once each: the same line of the same file, refused again for the same reason, is not
-- listed twice. Two streams have nothing in common but their name, so of a stream each ingest is a source of its own.
insert into ledger.rejected by name
with refused_row as (
    select
        line, raw, is_retriable,
        case when field = '' then reason else concat(field, ': ', reason) end as reason
    from rejected_row
),
named_row as (
    select
        -- all columns: those of refused_row, above.
        *,
        md5(concat_ws(
            chr(31), case when $is_stream then concat($path, cast($ingest_id as varchar)) else $path end,
            cast(line as varchar), raw, reason
        )) as digest
    from refused_row
)
select distinct
    digest, cast($ingest_id as integer) as ingest_id, $path as path, line, raw, reason, is_retriable,
    cast($observed_at as timestamp) as rejected_at
from named_row
where digest not in (select digest from ledger.rejected);
