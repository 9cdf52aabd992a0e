-- The calendar of the asked zone as slots: every piece of calendar is a whole number of slots, so an
-- instant finds its hour, day and month by one integer.
create or replace temp table bucket as
with piece as (
    select
        unnest($first_slots) as first_slot,
        unnest($last_slots) as last_slot,
        unnest($hours) as hour,
        unnest($days) as day,
        unnest($weeks) as week,
        unnest($months) as month,
        unnest($years) as year
)
select unnest(range(first_slot, last_slot)) as slot, hour, day, week, month, year
from piece
