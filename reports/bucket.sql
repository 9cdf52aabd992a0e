-- The calendar of the asked zone as slots: every piece of calendar is a whole number of slots, so an
-- instant finds its hour, day and month by one integer. The pieces come as comma lists, because a
-- list of a thousand values takes 60 ms to bind and a text takes none.
create or replace temp table bucket as
with piece as (
    select
        cast(unnest(string_split($first_slots, ',')) as bigint) as first_slot,
        cast(unnest(string_split($last_slots, ',')) as bigint) as last_slot,
        nullif(unnest(string_split($hours, ',')), '') as hour,
        unnest(string_split($days, ',')) as day,
        unnest(string_split($weeks, ',')) as week,
        unnest(string_split($months, ',')) as month,
        unnest(string_split($years, ',')) as year
    where $days <> ''
)
select unnest(range(first_slot, last_slot)) as slot, hour, day, week, month, year
from piece
