-- The ledger as it stood at an earlier instant: `prediction` and its companions are shadowed by views of the same
-- names that hold only what had been ingested by then, rows that were replaced since included as they were.
create or replace temp table known_on as
select cast($instant as timestamp) as instant;

create or replace temp view known_ingest as
select ingest_id from ledger.main.ingest where observed_at <= (select instant from known_on);

create or replace temp view prediction as
select
    id, subject_id, is_hardware_given, status, source, created_at, started_at, completed_at, charged_at, predict_seconds, total_seconds,
    quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash, ingest_id
from ledger.main.prediction
where ingest_id in (select ingest_id from known_ingest)
union all
select
    id, subject_id, is_hardware_given, status, source, created_at, started_at, completed_at, charged_at, predict_seconds, total_seconds,
    quantities, other_metrics, tags, has_error, data_removed, is_rounded, input_hash, ingest_id
from ledger.main.prediction_history
where
    ingest_id in (select ingest_id from known_ingest)
    and superseded_by_ingest not in (select ingest_id from known_ingest);

create or replace temp view rejected as
select digest, ingest_id, path, line, raw, reason, is_retriable, rejected_at
from ledger.main.rejected
where rejected_at <= (select instant from known_on);

create or replace temp view conflict as
select digest, id, ingest_id, field, kept, dropped, recorded_at
from ledger.main.conflict
where recorded_at <= (select instant from known_on);

create or replace temp view ingest as
select ingest_id, observed_at, path, given_hardware, given_tags, format, bytes, row_count, taken, unchanged, updated, rejected, conflicted
from ledger.main.ingest
where observed_at <= (select instant from known_on);

create or replace temp view deployment_seen as
select
    deployment, release, model, version, hardware, min_instances, max_instances, released_at, first_seen_at,
    least(last_seen_at, (select instant from known_on)) as last_seen_at,
    case when gone_at <= (select instant from known_on) then gone_at end as gone_at
from ledger.main.deployment_seen
where first_seen_at <= (select instant from known_on);

create or replace temp view model_seen as
select model, visibility, is_official, first_seen_at, last_seen_at
from ledger.main.model_seen
where first_seen_at <= (select instant from known_on);
