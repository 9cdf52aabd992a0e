-- What each component of each prediction used, and by which term it is priced: the half of a charge
-- that differs from record to record. charge.sql adds the half that does not.
--
-- Narrow on purpose: numbers and short texts, so that a report can sum millions of rows by (term,
-- status, basis) before any price, name or source is looked at. A sum of quantities times a price is
-- exactly the sum of the products, as nothing is rounded.
--
-- A macro over the name of a term table, so that one text serves two price books. A term holds in
-- [starts_at, ends_at), and the terms of a subject's component tile time: every record finds one.
create or replace temp macro used_under(terms) as table
    with
    -- Which metrics and inputs count a unit. Few terms are by unit; the others carry nothing of this.
    unit_term as (
        select
            term_id, metric, metric_alias, input_field, input_factor, sibling_keys, fixed_quantity,
            components > 1 as has_siblings
        from query_table(terms)
        where class = 'by_unit'
    ),

    -- A component of a prediction with what its metrics and its input say of its unit.
    counted as (
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
            p.quantities,
            tags_of(p.subject_id, p.tags) as tags,
            p.ingest_id,
            t.term_id,
            t.component,
            u.term_id is not null as is_by_unit,
            u.sibling_keys,
            u.fixed_quantity,
            u.has_siblings,
            case
                when u.term_id is null then null
                when p.quantities[u.metric] >= 0 then p.quantities[u.metric]
                when p.quantities[u.metric_alias] >= 0 then p.quantities[u.metric_alias]
                when p.status = 'canceled' then cast(0 as decimal(18, 9))
            end as metric_count,
            case
                when u.input_field is not null
                    then asked_quantity(p.quantities, u.input_field, u.input_factor, p.status)
            end as asked_count
        from prediction as p
        inner join query_table(terms) as t
            on
                p.subject_id = t.subject_id
                and p.charged_at >= t.starts_at
                and p.charged_at < t.ends_at
        left join unit_term as u on t.term_id = u.term_id
    )

    select
        prediction_id,
        subject_id,
        status,
        source,
        created_at,
        started_at,
        completed_at,
        charged_at,
        tags,
        ingest_id,
        term_id,
        case when component = 0 then 1 else 0 end as predictions,
        -- Null where nothing believable says it; `basis` is null then too.
        case
            when not is_by_unit
                then active_seconds(predict_seconds, started_at, completed_at, status)
            when metric_count is not null then metric_count
            when asked_count is not null then asked_count
            when not has_siblings then fixed_quantity
            when has_reading(quantities, sibling_keys)
                then coalesce(fixed_quantity, cast(0 as decimal(18, 9)))
        end as quantity,
        case
            when not is_by_unit
                then active_basis(predict_seconds, started_at, completed_at, status)
            when metric_count is not null then cast('metric' as basis)
            when asked_count is not null then cast('input' as basis)
            when not has_siblings then if(fixed_quantity is not null, cast('run' as basis), null)
            when has_reading(quantities, sibling_keys)
                then if(fixed_quantity is not null, cast('run' as basis), cast('missing' as basis))
        end as basis,
        case
            when component = 0
                then active_seconds(predict_seconds, started_at, completed_at, status)
        end as active_seconds,
        case when component = 0 then seconds_between(created_at, started_at) end as queue_seconds
    from counted;

-- The same of instances that are kept on (ledger/evidence/standing.sql): seconds online without work.
create or replace temp macro standing_under(terms) as table
    select
        concat_ws(' ', 'kept on', s.subject_id, s.begins_at) as prediction_id,
        s.subject_id,
        'always_on' as status,
        cast(null as varchar) as source,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as started_at,
        cast(null as timestamp) as completed_at,
        s.begins_at as charged_at,
        tags_of(s.subject_id, cast(null as map(varchar, varchar))) as tags,
        cast(null as integer) as ingest_id,
        t.term_id,
        0 as predictions,
        s.seconds as quantity,
        cast('always_on' as basis) as basis,
        cast(null as decimal(18, 9)) as active_seconds,
        cast(null as decimal(18, 9)) as queue_seconds
    from standing as s
    inner join query_table(terms) as t
        on
            s.subject_id = t.subject_id
            and s.begins_at >= t.starts_at
            and s.begins_at < t.ends_at;
