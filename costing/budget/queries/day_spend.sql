-- Each class of combinations on each local day of the zone of each budget that it belongs to.
create or replace temp view budget_day_spend as
select b.budget, b.since, b.estimated_since, d.day, s.amount_usd, s.predictions, s.unrated
from classed as s
inner join class_budget as m on s.class = m.class
inner join budget_asked as b on m.budget = b.budget
inner join budget_day as d on s.piece = d.piece and b.zone = d.zone;
