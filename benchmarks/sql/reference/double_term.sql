-- The terms that the exact rating uses, with doubles in place of decimals.
create or replace temp table term as
select * replace (
    cast(input_factor as double) as input_factor,
    cast(fixed_quantity as double) as fixed_quantity,
    cast(unit_price_usd as double) as unit_price_usd,
    cast(list_price_usd as double) as list_price_usd
)
from read_parquet($term);

create or replace temp table rule_pay as
from read_parquet($rule_pay);

create or replace temp table standing as
select
    cast(null as integer) as subject_id,
    cast(null as timestamp) as begins_at,
    cast(null as double) as seconds
limit 0;
