-- What each budget spent on each local day of its zone, from the day on that it asks about.
select
    budget,
    day,
    coalesce(sum(amount_usd), 0) as amount_usd,
    coalesce(sum(predictions), 0) as predictions,
    coalesce(sum(unrated), 0) as unrated
from budget_day_spend
where day >= since
group by budget, day
order by budget, day;
