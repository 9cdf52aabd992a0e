-- What Replicate was seen to say of deployments and models, version 2. It tells of no past, so what was seen is kept.

-- One row a release of a deployment. Replicate shows the current one alone: what lay between two looks is not known.
-- gone_at: when a look first found the deployment no more; null while it stands.
create table ledger.deployment_seen (
    deployment varchar,
    release integer,
    model varchar,
    version varchar,
    hardware varchar,
    min_instances integer,
    max_instances integer,
    released_at timestamp,
    first_seen_at timestamp,
    last_seen_at timestamp,
    gone_at timestamp
);

-- One row whenever a look at a model showed something new. A null visibility: there is no such model any more, or it
-- is another account's private one.
create table ledger.model_seen (
    model varchar,
    visibility varchar,
    is_official boolean,
    first_seen_at timestamp,
    last_seen_at timestamp
);
