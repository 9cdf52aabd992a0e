-- Subjects of the small ledger, and what pricing would compile for them: terms and rules by hand.
-- Under the other book everything costs twice as much, and the training has no rate.
insert into subject values
    (1, 'prediction', '', 'acme/upscale', 'v1', '', '', '{}'),
    (2, 'prediction', '', 'acme/upscale', 'v2', '', '', '{}'),
    (3, 'prediction', '', 'labs/flux-fast', 'hidden', '', '', '{}'),
    (4, 'prediction', '', 'labs/chat', 'hidden', '', '', '{}'),
    (5, 'prediction', '', 'acme/private', 'v7', 'acme/live', '', '{}'),
    (6, 'prediction', '', 'someone/mystery', 'v1', '', '', '{}'),
    (7, 'training', '', 'someone/seen', 'v3', '', '', '{}'),
    (8, 'prediction', '', 'acme/fine', 'v1', '', '', '{}'),
    (9, 'instance', '', 'acme/private', 'v7', 'acme/live', '', '{}');

create or replace temp table rule_pay as
select rule, status, pays, true as is_documented
from (
    values
    ('usage', 'succeeded', 'usage'), ('usage', 'failed', 'nothing'),
    ('usage', 'canceled', 'usage'), ('usage', 'aborted', 'nothing'),
    ('usage', 'starting', 'later'), ('usage', 'processing', 'later'),
    ('online', 'succeeded', 'usage'), ('online', 'failed', 'usage'),
    ('online', 'canceled', 'usage'), ('online', 'aborted', 'usage'),
    ('online', 'always_on', 'usage')
) as pay (rule, status, pays);

create or replace temp table priced as
select subject_id, component, components, class, sku, evidence, unit, metric, price, list_price
from (
    values
    (1, 0, 1, 'active_time', 'gpu-t4', 'map', 'second', null, '0.000225', '0.000225'),
    (2, 0, 1, 'active_time', 'gpu-l40s', 'map', 'second', null, '0.000975', '0.000975'),
    (3, 0, 1, 'by_unit', null, null, 'output_image', 'image_output_count', '0.003', '0.004'),
    (4, 0, 2, 'by_unit', null, null, 'input_token', 'token_input_count', '0.0000095', '0.0000095'),
    (4, 1, 2, 'by_unit', null, null, 'output_token', 'token_output_count', '0.00002', '0.00002'),
    (5, 0, 1, 'online_time', 'gpu-a100-large', 'deployment', 'second', null, '0.0014', '0.0014'),
    (6, 0, 1, 'active_time', null, 'none', 'second', null, null, null),
    (7, 0, 1, 'active_time', 'gpu-t4', 'catalogue', 'second', null, '0.000225', '0.000225'),
    (8, 0, 1, 'active_time', 'cpu', 'record', 'second', null, '0.00000031', '0.00000031'),
    (9, 0, 1, 'online_time', 'gpu-t4', 'deployment', 'second', null, '0.000225', '0.000225')
) as row (
    subject_id, component, components, class, sku, evidence, unit, metric, price, list_price
);

create or replace temp table term as
select
    cast(row_number() over () as integer) as term_id,
    subject_id,
    cast(component as utinyint) as component,
    cast(components as utinyint) as components,
    timestamp '0001-01-01' as starts_at,
    timestamp '9999-12-31' as ends_at,
    class,
    if(class = 'online_time', 'online', 'usage') as rule,
    sku,
    evidence,
    'hardware.toml:1' as evidence_at,
    unit,
    metric,
    cast(null as varchar) as metric_alias,
    cast(null as varchar) as input_field,
    cast(null as decimal(18, 9)) as input_factor,
    if(components > 1, ['token_input_count', 'token_output_count'], []) as sibling_keys,
    cast(null as decimal(18, 9)) as fixed_quantity,
    cast(price as decimal(20, 12)) as unit_price_usd,
    cast(list_price as decimal(20, 12)) as list_price_usd,
    '2026-01-01' as price_version,
    'https://example.org/pricing' as price_source,
    coalesce(evidence = 'catalogue', false) or subject_id = 9 as is_estimate,
    class = 'online_time' and subject_id <> 9 as is_lower_bound,
    if(price is null, 'no_hardware', null) as reason,
    dense_rank() over (
        order by class, unit, price, list_price, coalesce(evidence = 'catalogue', false), subject_id = 9
    ) as price_number
from priced;

create or replace temp table term_other as
select * replace (
    if(subject_id = 7, null, cast(unit_price_usd * 2 as decimal(20, 12))) as unit_price_usd,
    if(subject_id = 7, 'no_rate', reason) as reason
)
from term;
