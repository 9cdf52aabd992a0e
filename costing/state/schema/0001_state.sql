-- What several processes remember at once. Instants are whole microseconds since 1970, UTC.

-- What arrived and is not in the ledger yet. Rows are numbered in the order of their commits and
-- removed from the front, so numbers have no gaps and none comes back.
create table inbox (
    number integer primary key autoincrement,
    received_at integer not null,
    origin text not null,
    kind text not null,
    body blob not null
) strict;

-- Messages that were taken in, remembered beyond their folding, so that repeats are known.
create table seen_message (
    origin text not null,
    message_id text not null,
    received_at integer not null,
    primary key (origin, message_id)
) strict, without rowid;

create index seen_message_by_age on seen_message (received_at);

-- How far a reader of something outside has come.
create table cursor (
    name text primary key,
    value text not null,
    updated_at integer not null
) strict, without rowid;

-- Bearer tokens; the token itself is nowhere, only its SHA-256.
create table token (
    id integer primary key autoincrement,
    digest blob not null unique,
    name text not null,
    scopes text not null,
    created_at integer not null,
    expires_at integer,
    revoked_at integer,
    last_used_at integer
) strict;

create unique index token_in_force_by_name on token (name) where revoked_at is null;

-- What a request that carried an Idempotency-Key was answered.
create table idempotent_answer (
    client text not null,
    key text not null,
    request_digest blob not null,
    status integer not null,
    body blob not null,
    created_at integer not null,
    primary key (client, key)
) strict, without rowid;

create index idempotent_answer_by_age on idempotent_answer (created_at);
