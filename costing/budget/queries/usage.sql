-- Usage summed by piece of time, by those dimensions of scopes in which records of one subject may differ, and
-- by what decides its price. What reports/summed.sql sums for a report, without what only reports show.
create or replace temp table budget_usage as
with
-- Subjects under one term by time that cost the same and that no scope tells apart are summed as one.
alike as (
    select
        unnest(list(s.subject_id)) as subject_id,
        min(s.subject_id) as first_subject_id,
        arg_min(t.term_id, s.subject_id) as term_id
    from subject as s
    inner join steady_term as one on s.subject_id = one.subject_id
    inner join term as t on one.term_id = t.term_id
    group by {subject_dimensions}, t.price_number
)

select
    {row_dimensions},
    alike.first_subject_id as subject_id,
    status,
    basis,
    alike.term_id,
    count(*) as predictions,
    sum(active_seconds) as quantity
from run
inner join alike on run.subject_id = alike.subject_id
{bucket}
where charged_at >= $start and charged_at < $end
group by all

union all by name

select
    {row_dimensions},
    subject_id,
    status,
    basis,
    term_id,
    sum(predictions) as predictions,
    sum(quantity) as quantity
from used_changing
{bucket}
where charged_at >= $start and charged_at < $end
group by all;

-- One unit of each kind of usage, or of what nobody knows how much was used.
create or replace temp table budget_unit as
select
    row_number() over () as unit_number,
    subject_id,
    status,
    basis,
    term_id,
    1 as predictions,
    case when is_known then cast(1 as decimal(18, 9)) end as quantity
from (
    select distinct subject_id, status, basis, term_id, quantity is not null as is_known
    from budget_usage
);

-- What one unit costs, said by the same macro that prices reports: a sum of usage costs as many times that. Where
-- it costs the same however much was used, that is nothing. `place` numbers the dimensions of scopes that follow
-- from the price.
create or replace temp table budget_price as
select
    unit_number,
    cast(amount_usd as decimal(20, 12)) as unit_usd,
    state = 'unrated' as is_unrated,
    cast(dense_rank() over (order by {place_dimensions}) as integer) as place,
    {sum_dimensions}
from charged('budget_unit');

create or replace temp table budget_place as
select distinct place, {sums}
from budget_price;

create or replace temp table spend_by_place as
select
    {row_names},
    p.place,
    sum(s.quantity * p.unit_usd) as amount_usd,
    sum(s.predictions) as predictions,
    sum(s.predictions) filter (where p.is_unrated) as unrated
from budget_usage as s
inner join budget_unit as u
    on
        s.subject_id = u.subject_id
        and s.term_id = u.term_id
        and s.status = u.status
        and s.basis is not distinct from u.basis
        and (s.quantity is not null) = (u.quantity is not null)
inner join budget_price as p on u.unit_number = p.unit_number
group by all;
