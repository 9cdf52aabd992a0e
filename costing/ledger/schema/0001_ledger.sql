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

-- One row a prediction or training, by id: what was used, never what it cost.
create table ledger.prediction (
    id varchar,
    subject_id integer,
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
create table ledger.prediction_history (
    id varchar,
    subject_id integer,
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
    ingest_id integer,
    superseded_by_ingest integer
);

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

-- Rows that could not be read, kept with their place, their text (bounded) and the reason.
create table ledger.rejected (
    digest varchar,
    ingest_id integer,
    path varchar,
    line bigint,
    raw varchar,
    reason varchar,
    rejected_at timestamp
);

-- The same id seen with different billing content: which fields, what was kept and what was dropped.
create table ledger.conflict (
    digest varchar,
    id varchar,
    ingest_id integer,
    fields varchar,
    kept varchar,
    dropped varchar,
    recorded_at timestamp
);
