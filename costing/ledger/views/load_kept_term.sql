-- Compiled terms that hold at any instant of a period; others could only make a join larger.
create or replace temp table term as
from read_parquet($path)
where starts_at < cast($until as timestamp) and ends_at > cast($since as timestamp);
