-- Which budgets each combination of dimensions belongs to. Combinations of the same budgets are one class, so
-- that what follows is as small as the budgets are different, however many models there are.
create or replace temp table combination as
with found as (
    select distinct {rows}, place
    from spend_by_place
)

select cast(row_number() over () as integer) as combination, {combined}
from found as s
inner join budget_place as p on s.place = p.place;

create or replace temp table combination_class as
with combination_value as (
    {combination_values}
),
-- Each pattern meets each value once, whatever the number of combinations.
value_of_dimension as (
    select distinct dimension, value
    from combination_value
),
matched as (
    select distinct p.budget, v.dimension, v.value
    from value_of_dimension as v
    inner join budget_pattern as p on v.dimension = p.dimension and v.value glob p.pattern
),
member as (
    select c.combination, m.budget
    from combination_value as c
    inner join matched as m on c.dimension = m.dimension and c.value = m.value
    inner join budget_asked as b on m.budget = b.budget
    group by c.combination, m.budget, b.dimensions
    having count(*) = b.dimensions
    union all
    select c.combination, b.budget
    from combination as c
    cross join budget_asked as b
    where b.dimensions = 0
),
listed as (
    select combination, list(budget order by budget) as budgets
    from member
    group by combination
)
select combination, budgets, cast(dense_rank() over (order by budgets) as integer) as class
from listed;

create or replace temp table classed as
select
    c.class,
    s.row_0 as piece,
    sum(s.amount_usd) as amount_usd,
    sum(s.predictions) as predictions,
    sum(s.unrated) as unrated
from spend_by_place as s
inner join combination as n on s.place = n.place and {is_same}
inner join combination_class as c on n.combination = c.combination
group by c.class, s.row_0;

create or replace temp table class_budget as
select distinct class, unnest(budgets) as budget
from combination_class;
