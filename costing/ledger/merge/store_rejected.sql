-- Rows that could not be read, once each: the same line of the same source read again is not listed twice.
insert into ledger.rejected
select distinct
    digest, cast($ingest_id as integer) as ingest_id, path, line, raw, reason,
    cast($observed_at as timestamp) as rejected_at
from (
    select
        md5(concat_ws(chr(31), $path, cast(line as varchar), raw)) as digest,
        $path as path, line, raw,
        case when field = '' then reason else concat(field, ': ', reason) end as reason
    from rejected_row
)
where digest not in (select digest from ledger.rejected);
