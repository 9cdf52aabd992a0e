-- The instant that picks a record's rate and its period: the same as `charge_instant` in pricing/usage.py. A function
-- that is written out where it is called, so that it costs nothing and keeps the order of rows.
create or replace temp macro charge_instant(completed_at, started_at, created_at) as
    coalesce(completed_at, started_at, created_at);
