-- The ledger's tables, version 1. No keys, sequences or constraints: the same statements run on DuckLake,
-- and a unique index over tens of millions of ids costs more than it protects (docs/adr).
-- Every TIMESTAMP is UTC. A missing text of a subject is '' so that equality joins find it.

create table ledger.schema_version (version integer, applied_at timestamp);

-- One distinct combination of everything that decides class, hardware and price.
create table ledger.subject (
    subject_id integer,
    kind varchar,
    account varchar,
    model varchar,
    version varchar,
    deployment varchar,
    hardware varchar,
    selectors varchar
);

-- One row a prediction or training, by id: what was used, never what it cost. Hardware is given where no record named
-- it and the person who ingested said it of all records that name none.
create table ledger.prediction (
    id varchar,
    subject_id integer,
    is_hardware_given boolean,
    status varchar,
    source varchar,
    created_at timestamp,
    started_at timestamp,
    completed_at timestamp,
    charged_at timestamp,
    predict_seconds decimal(18, 9),
    total_seconds decimal(18, 9),
    quantities map(varchar, decimal(18, 9)),
    other_metrics varchar,
    tags map(varchar, varchar),
    has_error boolean,
    data_removed boolean,
    is_rounded boolean,
    input_hash varchar,
    ingest_id integer
);

-- What a prediction row said before a later observation replaced it.
create table ledger.prediction_history as
select
    -- all columns: those of prediction, as the row stood.
    *,
    cast(null as integer) as superseded_by_ingest
from ledger.prediction
limit 0;

-- One row a source that was taken in, with what became of its rows.
create table ledger.ingest (
    ingest_id integer,
    observed_at timestamp,
    path varchar,
    given_hardware varchar,
    given_tags map(varchar, varchar),
    format varchar,
    bytes bigint,
    row_count bigint,
    taken bigint,
    unchanged bigint,
    updated bigint,
    rejected bigint,
    conflicted bigint
);

-- Rows that could not be read, kept with their place, the reason, and of their text what has the form of its field. A
-- row is retriable if that is all that accounting reads of it. The digest names the row: its file (of a stream, its
-- ingest), line, kept text and reason.
create table ledger.rejected (
    digest varchar,
    ingest_id integer,
    path varchar,
    line bigint,
    raw varchar,
    reason varchar,
    is_retriable boolean,
    rejected_at timestamp
);

-- The same id seen with different billing content, a row a field: what was kept and what was dropped. The digest names
-- what differs: id, field and both texts.
create table ledger.conflict (
    digest varchar,
    id varchar,
    ingest_id integer,
    field varchar,
    kept varchar,
    dropped varchar,
    recorded_at timestamp
);
