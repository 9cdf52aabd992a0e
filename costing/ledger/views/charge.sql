-- What each component of each prediction costs: usage × rate × rule, exact, computed, never stored.
--
-- One row a component: a record by time has one, a record by units one for each unit that is priced.
-- `predictions` is 1 on component 0, so that its sum counts predictions. All components of a
-- prediction share `state`. pricing/rating.py says the same of one record in Python, and a test
-- holds the two equal to the last digit: whoever changes one changes both.
--
-- Reads subject, and the temp tables term and rule_pay, which are compiled from the price book, the
-- billing rules and the evidence on hardware. A term with a reason has no price. DECIMAL(18,9) ×
-- DECIMAL(20,12) = DECIMAL(38,21): nothing is rounded.

-- Rows of `used`, or sums of such rows over equal (term_id, status, basis), with what they cost and
-- the verdict: rated, unrated for a reason, or pending. The names of the tables are the arguments.
create or replace temp macro charged_under(used_rows, terms, pays_by_rule) as table
    with
    judged as (
        select
            -- all columns: the rows are whatever the caller summed by.
            u.*,
            s.kind, s.account, s.model, s.version, s.deployment, s.selectors,
            t.component, t.class, t.rule, t.sku, t.evidence, t.evidence_at, t.unit, t.unit_price_usd,
            t.list_price_usd, t.price_version, t.price_source,
            t.is_estimate as is_price_estimate,
            t.is_lower_bound as is_time_part,
            r.pays, r.is_documented,
            case
                when r.pays is null then 'unknown_status'
                when r.pays <> 'usage' then null
                when t.reason is not null then t.reason
                when u.quantity is not null then null
                when t.class = 'by_unit' then 'no_quantity'
                else 'no_run_time'
            end as reason
        from query_table(used_rows) as u
        inner join query_table(terms) as t on u.term_id = t.term_id
        inner join subject as s on u.subject_id = s.subject_id
        left join query_table(pays_by_rule) as r on t.rule = r.rule and u.status = r.status
    )

    select
        -- all columns: those of judged, above.
        j.*,
        case pays when 'usage' then quantity when 'nothing' then cast(0 as decimal(18, 9)) end
            as billed_quantity,
        cast(if(basis = 'missing', 'metric', basis) as varchar) as quantity_basis,
        case pays
            when 'usage' then quantity * unit_price_usd
            when 'nothing' then cast(0 as decimal(38, 21))
        end as amount_usd,
        case pays
            when 'usage' then quantity * list_price_usd
            when 'nothing' then cast(0 as decimal(38, 21))
        end as list_amount_usd,
        case
            when pays = 'nothing' then quantity * unit_price_usd
            when pays = 'usage' and reason is null then cast(0 as decimal(38, 21))
        end as spared_amount_usd,
        case
            when reason is not null then 'unrated' when pays = 'later' then 'pending' else 'rated'
        end as state,
        reason is null
        and pays <> 'later'
        and (not is_documented or (pays = 'usage' and (is_price_estimate or basis = 'times')))
            as is_estimate,
        reason is null and pays = 'usage' and (is_time_part or basis = 'missing') as is_lower_bound
    from judged as j;

create or replace temp view used as
from used_under('term')
union all by name
from standing_under('term');

create or replace temp view used_changing as
from used_under('changing_term')
union all by name
from standing_under('term');

create or replace temp macro charged(used_rows) as table
    from charged_under(used_rows, 'term', 'rule_pay');

create or replace temp view charge as
select
    prediction_id,
    subject_id,
    component,
    predictions,
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
    billed_quantity,
    quantity_basis,
    unit_price_usd,
    list_price_usd,
    amount_usd,
    list_amount_usd,
    spared_amount_usd,
    state,
    reason,
    is_estimate,
    is_lower_bound,
    active_seconds,
    queue_seconds,
    tags,
    price_version,
    price_source,
    ingest_id
from charged('used');
