-- The same as estimates, from the day on that each budget wants a series from; NULL where nothing of a day is rated.
select
    budget,
    day,
    case
        when coalesce(sum(unrated), 0) = 0 or sum(unrated) < sum(predictions)
            then coalesce(cast(sum(amount_usd) as double), 0)
    end as amount_usd
from budget_day_spend
where day >= estimated_since
group by budget, day
order by budget, day;
