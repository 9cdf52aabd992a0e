-- Compiled terms that hold at any instant of a period; others could only make a join larger. Kept ones stay
-- in their file: a report reads those columns that it asks for.
create or replace temp view term as
from {term}
where starts_at < cast({until} as timestamp) and ends_at > cast({since} as timestamp);

create or replace temp view rule_pay as
from {rule_pay};
