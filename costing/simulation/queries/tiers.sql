-- What ran on which tier at which price, most seconds first; requests that were not billed are counted apart.
select
    sku,
    unit_price_usd,
    count(*) filter (where billed_quantity > 0) as requests,
    count(*) filter (where billed_quantity = 0) as unbilled,
    sum(billed_quantity) as seconds,
    sum(amount_usd) as amount_usd
from simulated_request
group by sku, unit_price_usd
order by seconds desc, sku, unit_price_usd;
