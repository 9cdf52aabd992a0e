-- Every model that was run.
select distinct model
from subject
where model <> ''
order by model;
