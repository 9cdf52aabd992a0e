-- What budgets had to tell, and what became of telling it. Instants as in 0001.

-- One row for each thing told, once: the first five columns are what makes it the one it is. It is
-- never changed but to close it, and never deleted.
create table alert (
    number integer primary key,
    alert_id text not null unique,
    budget text not null,
    period text not null,
    basis text not null,
    threshold text not null,
    episode integer not null,
    severity text not null,
    opened_at integer not null,
    threshold_usd text,
    summary text not null,
    payload text not null,
    is_sent integer not null,
    closed_at integer,
    closure text,
    unique (budget, period, basis, threshold, episode)
) strict;

create index alert_open on alert (number) where closed_at is null;
create index alert_by_period on alert (period);

-- One message to one channel: that an alert opened, or that it is over. Never deleted.
-- pending: not before due_at. leased: a process is sending it; whoever comes after due_at may take
-- it over. delivered and dead: nothing more happens.
create table delivery (
    number integer primary key,
    alert_id text not null references alert (alert_id),
    channel text not null,
    event text not null check (event in ('opened', 'closed')),
    state text not null check (state in ('pending', 'leased', 'delivered', 'dead')),
    created_at integer not null,
    due_at integer not null,
    lease text,
    attempt_count integer not null default 0,
    may_have_arrived integer not null default 0,
    finished_at integer,
    reason text not null default '',
    fallback_of text,
    unique (alert_id, channel, event)
) strict;

create index delivery_under_way on delivery (channel, due_at)
where state in ('pending', 'leased');

-- A channel that must be left alone until an instant: it asked for that, or takes so many a second.
create table channel_hold (
    channel text primary key,
    until integer not null
) strict, without rowid;
