-- Subjects that are priced by time under one single term, whenever they ran: their records can be summed
-- before any term is looked at (reports/summed.sql). All other terms are changing ones.
create or replace temp table steady_term as
select
    subject_id,
    any_value(term_id) as term_id
from term
group by subject_id
having count(*) = 1 and bool_and(class <> 'by_unit');

create or replace temp view changing_term as
from term
where subject_id not in (select subject_id from steady_term);
