-- The days of all budgets' zones at once: time is cut wherever a day begins in any of the zones, and the
-- pieces are numbered. Every piece is a whole number of slots, so an instant finds its piece by one integer.
create or replace temp table budget_slot as
with piece as (
    select
        cast(unnest(string_split($pieces, ',')) as integer) as piece,
        cast(unnest(string_split($first_slots, ',')) as bigint) as first_slot,
        cast(unnest(string_split($last_slots, ',')) as bigint) as last_slot
)
select unnest(range(first_slot, last_slot)) as slot, piece
from piece;

-- The UTC date on which each piece begins.
create or replace temp table budget_piece as
select
    cast(unnest(string_split($pieces, ',')) as integer) as piece,
    cast(unnest(string_split($begin_dates, ',')) as date) as day;

-- Which day of each zone a piece belongs to; zones and days are numbered.
create or replace temp table budget_day as
select
    cast(unnest(string_split($day_zones, ',')) as integer) as zone,
    cast(unnest(string_split($day_pieces, ',')) as integer) as piece,
    cast(unnest(string_split($days, ',')) as date) as day;
