-- The ledger's usage once more with doubles in place of decimals: what an exact sum is measured against.
create table prediction as
select
    id, subject_id, status, source, created_at, started_at, completed_at, charged_at,
    cast(predict_seconds as double) as predict_seconds,
    cast(total_seconds as double) as total_seconds,
    cast(quantities as map(varchar, double)) as quantities,
    tags, ingest_id
from ledger.prediction
order by rowid;

create table subject as
select subject_id, kind, account, model, version, deployment, hardware, selectors
from ledger.subject
order by rowid;
