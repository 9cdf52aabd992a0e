-- One row for the source itself.
insert into ledger.ingest
values (
    cast($ingest_id as integer), cast($observed_at as timestamp), $path, $given_hardware,
    cast($given_tags as map(varchar, varchar)), $format, cast($bytes as bigint),
    cast($row_count as bigint), cast($taken as bigint), cast($unchanged as bigint), cast($updated as bigint),
    cast($rejected as bigint), cast($conflicted as bigint)
);
