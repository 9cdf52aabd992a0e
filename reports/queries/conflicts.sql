-- title: Conflicts
-- summary: Predictions seen with different billing content; the later observation counts.
-- source: conflict
-- period: all
-- parameters: period, zone
-- column: recorded_at | instant | each | When the second observation was taken in.
-- column: id | text | each | Id of the prediction.
-- column: field | text | each | Field that differs.
-- column: kept | text | each | What it says that counts.
-- column: dropped | text | each | What it said that does not count any more.
-- detail: ingest_id | count | each | The ingest that met it.
-- detail: digest | text | each | Digest of what differs.
select recorded_at, id, field, kept, dropped, ingest_id, digest
from conflict
where recorded_at >= $start and recorded_at < $end
order by recorded_at, id, field, digest, ingest_id
