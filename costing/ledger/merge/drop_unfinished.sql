-- Rows of an ingest that was killed while it committed. DuckDB 1.5.5 replays the large inserts of a torn log and
-- not the rest of their transaction; the row of the ingest itself comes last in it, so rows without one never were.
delete from ledger.prediction
where ingest_id > (select coalesce(max(ingest_id), 0) from ledger.ingest);

delete from ledger.prediction_history
where superseded_by_ingest > (select coalesce(max(ingest_id), 0) from ledger.ingest);

delete from ledger.rejected
where ingest_id > (select coalesce(max(ingest_id), 0) from ledger.ingest);

delete from ledger.conflict
where ingest_id > (select coalesce(max(ingest_id), 0) from ledger.ingest);
