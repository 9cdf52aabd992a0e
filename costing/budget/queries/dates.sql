-- The UTC dates, told by where the pieces of time begin, on which anything at all was used.
select distinct p.day
from budget_piece as p
where p.piece in (select row_0 from spend_by_place)
order by p.day;
