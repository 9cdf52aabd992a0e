-- title: Rejected rows
-- summary: Rows that could not be read, where they stand and why; mend them and run `costing ingest --retry-rejected`.
-- source: rejected
-- period: all
-- parameters: period, zone
-- column: rejected_at | instant | each | When the row was rejected.
-- column: path | text | each | File that it stands in.
-- column: line | count | each | Line of the file, from 1.
-- column: reason | text | each | Why it was rejected.
-- column: raw | text | each | Its text, as far as it is kept: fields that have their form.
-- detail: tried_from | text | each | What a second try reads: its `file`, or the `kept text` if that is all of it.
-- detail: ingest_id | count | each | The ingest that met it.
-- detail: digest | text | each | Digest of its file, line, kept text and reason.
select
    rejected_at, path, line, reason, raw,
    case when is_retriable then 'kept text' else 'file' end as tried_from,
    ingest_id, digest
from rejected
where rejected_at >= $start and rejected_at < $end
order by rejected_at, path, line, digest, ingest_id, reason
