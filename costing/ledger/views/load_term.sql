-- Compiled terms, spooled as JSON lines with every price and instant as text, as the table that `charge` joins.
-- An open start or end becomes the first or the last day there is. Terms of one price_number charge alike: usage
-- of the same status costs the same under them, and is as certain.
create or replace temp table compiled_term as
select
    cast(row_number() over () as integer) as term_id,
    subject_id, component, components,
    cast(coalesce(starts_at, '0001-01-01') as timestamp) as starts_at,
    cast(coalesce(ends_at, '9999-12-31') as timestamp) as ends_at,
    class, rule, sku, evidence, evidence_at, unit, metric, metric_alias, input_field,
    cast(input_factor as decimal(18, 9)) as input_factor,
    sibling_keys,
    cast(fixed_quantity as decimal(18, 9)) as fixed_quantity,
    cast(unit_price_usd as decimal(20, 12)) as unit_price_usd,
    cast(list_price_usd as decimal(20, 12)) as list_price_usd,
    price_version, price_source, is_estimate, is_lower_bound, reason,
    cast(
        dense_rank() over (
            order by class, rule, unit, unit_price_usd, list_price_usd, is_estimate, is_lower_bound, reason
        ) as integer
    ) as price_number
from read_json(
    $path,
    format = 'newline_delimited',
    columns = {
        subject_id: 'INTEGER', component: 'UTINYINT', components: 'UTINYINT', starts_at: 'VARCHAR',
        ends_at: 'VARCHAR', class: 'VARCHAR', rule: 'VARCHAR', sku: 'VARCHAR', evidence: 'VARCHAR',
        evidence_at: 'VARCHAR', unit: 'VARCHAR', metric: 'VARCHAR', metric_alias: 'VARCHAR',
        input_field: 'VARCHAR', input_factor: 'VARCHAR', sibling_keys: 'VARCHAR[]', fixed_quantity: 'VARCHAR',
        unit_price_usd: 'VARCHAR', list_price_usd: 'VARCHAR', price_version: 'VARCHAR', price_source: 'VARCHAR',
        is_estimate: 'BOOLEAN', is_lower_bound: 'BOOLEAN', reason: 'VARCHAR'
    }
);
