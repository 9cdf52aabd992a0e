-- What each budget spent on each local day of its zone, from the day on that it asks about.
select
    b.budget,
    d.day,
    coalesce(sum(s.amount_usd), 0) as amount_usd,
    coalesce(sum(s.predictions), 0) as predictions,
    coalesce(sum(s.unrated), 0) as unrated
from classed as s
inner join class_budget as m on s.class = m.class
inner join budget_asked as b on m.budget = b.budget
inner join budget_day as d on s.piece = d.piece and b.zone = d.zone and d.day >= b.since
group by b.budget, d.day
order by b.budget, d.day;
