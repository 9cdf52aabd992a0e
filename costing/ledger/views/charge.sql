-- What each component of each prediction costs: usage × rate × rule, exact, computed, never stored.
--
-- One row a component: a record by time has one, a record by units one for each unit that is priced.
-- `predictions` is 1 on component 0, so that its sum counts predictions. All components of a
-- prediction share `state`. pricing/rating.py says the same of one record in Python, and a test
-- holds the two equal to the last digit: whoever changes one file changes both.
--
-- Reads prediction and subject, and the temp tables term and rule_pay, which are compiled from the
-- price book, the billing rules and the evidence on hardware. A term holds in [starts_at, ends_at),
-- and the terms of a subject's component tile time, so that every record finds exactly one. A term
-- with a reason has no price. DECIMAL(18,9) × DECIMAL(20,12) = DECIMAL(38,21): nothing is rounded.
-- Columns that a query leaves out cost it nothing.
create or replace temp view charge as
with
-- A component of a prediction with what it used: null where nothing believable says it.
used as (
    select
        p.id as prediction_id,
        p.subject_id,
        p.status,
        p.source,
        p.created_at,
        p.started_at,
        p.completed_at,
        p.charged_at,
        p.predict_seconds,
        p.tags,
        p.ingest_id,
        s.kind,
        s.account,
        s.model,
        s.version,
        s.deployment,
        s.selectors,
        t.component,
        t.class,
        t.rule,
        t.sku,
        t.evidence,
        t.evidence_at,
        t.unit,
        t.unit_price_usd,
        t.list_price_usd,
        t.price_version,
        t.price_source,
        t.is_estimate as is_price_estimate,
        t.is_lower_bound as is_time_part,
        t.reason as price_reason,
        r.pays,
        r.is_documented,
        case
            when t.class <> 'by_unit'
                then active_seconds(p.predict_seconds, p.started_at, p.completed_at, p.status)
            when p.quantities[t.metric] >= 0 then p.quantities[t.metric]
            when p.quantities[t.metric_alias] >= 0 then p.quantities[t.metric_alias]
            when p.status = 'canceled' then cast(0 as decimal(18, 9))
            when asked_quantity(p.quantities, t.input_field, t.input_factor, p.status) is not null
                then asked_quantity(p.quantities, t.input_field, t.input_factor, p.status)
            when t.components = 1 then t.fixed_quantity
            when has_reading(p.quantities, t.sibling_keys) then coalesce(t.fixed_quantity, cast(0 as decimal(18, 9)))
        end as quantity,
        case
            when t.class <> 'by_unit'
                then active_basis(p.predict_seconds, p.started_at, p.completed_at, p.status)
            when p.quantities[t.metric] >= 0 then 'metric'
            when p.quantities[t.metric_alias] >= 0 then 'metric'
            when p.status = 'canceled' then 'metric'
            when asked_quantity(p.quantities, t.input_field, t.input_factor, p.status) is not null
                then 'input'
            when t.components = 1 then case when t.fixed_quantity is not null then 'run' end
            when has_reading(p.quantities, t.sibling_keys)
                then case when t.fixed_quantity is not null then 'run' else 'missing' end
        end as basis
    from prediction as p
    inner join term as t
        on
            p.subject_id = t.subject_id
            and p.charged_at >= t.starts_at
            and p.charged_at < t.ends_at
    inner join subject as s on p.subject_id = s.subject_id
    left join rule_pay as r on t.rule = r.rule and p.status = r.status
),

-- The same with its verdict: rated, unrated for a reason, or pending.
judged as (
    select
        prediction_id,
        subject_id,
        status,
        source,
        created_at,
        started_at,
        completed_at,
        charged_at,
        predict_seconds,
        tags,
        ingest_id,
        kind,
        account,
        model,
        version,
        deployment,
        selectors,
        component,
        class,
        rule,
        sku,
        evidence,
        evidence_at,
        unit,
        unit_price_usd,
        list_price_usd,
        price_version,
        price_source,
        is_price_estimate,
        is_time_part,
        pays,
        is_documented,
        quantity,
        basis,
        case
            when pays is null then 'unknown_status'
            when pays <> 'usage' then null
            when price_reason is not null then price_reason
            when quantity is not null then null
            when class = 'by_unit' then 'no_quantity'
            else 'no_run_time'
        end as reason
    from used
)

select
    prediction_id,
    subject_id,
    component,
    case when component = 0 then 1 else 0 end as predictions,
    kind,
    account,
    model,
    version,
    deployment,
    selectors,
    status,
    source,
    created_at,
    started_at,
    completed_at,
    charged_at,
    class,
    rule,
    sku,
    evidence,
    evidence_at,
    unit,
    quantity,
    case pays when 'usage' then quantity when 'nothing' then cast(0 as decimal(18, 9)) end
        as billed_quantity,
    case when basis = 'missing' then 'metric' else basis end as quantity_basis,
    unit_price_usd,
    list_price_usd,
    case pays
        when 'usage' then quantity * unit_price_usd when 'nothing' then cast(0 as decimal(38, 21))
    end as amount_usd,
    case pays
        when 'usage' then quantity * list_price_usd when 'nothing' then cast(0 as decimal(38, 21))
    end as list_amount_usd,
    case
        when pays = 'nothing' then quantity * unit_price_usd
        when pays = 'usage' and reason is null then cast(0 as decimal(38, 21))
    end as spared_amount_usd,
    case when reason is not null then 'unrated' when pays = 'later' then 'pending' else 'rated' end
        as state,
    reason,
    reason is null
    and pays <> 'later'
    and (not is_documented or (pays = 'usage' and (is_price_estimate or basis = 'times')))
        as is_estimate,
    reason is null and pays = 'usage' and (is_time_part or basis = 'missing') as is_lower_bound,
    case
        when component = 0 then active_seconds(predict_seconds, started_at, completed_at, status)
    end as active_seconds,
    case when component = 0 then seconds_between(created_at, started_at) end as queue_seconds,
    tags,
    price_version,
    price_source,
    ingest_id
from judged;
