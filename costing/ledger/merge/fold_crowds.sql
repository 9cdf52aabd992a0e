-- Contents that share the first round become one row, which is what merging them one after the other would leave: each
-- replaces what was before it, in the canonical order, and what it leaves out erases nothing. So the number of rounds
-- is bounded however often an id stands in a source, and no row is lost.
create or replace temp table crowded_row as
select
    -- all columns: those of a repeated row.
    *,
    string_split(subject_key, chr(31)) as part,
    last_value(status) over (
        partition by id order by occurrence rows between unbounded preceding and unbounded following
    ) as last_status
from repeated_row
where
    round = 1
    and id in (select id from repeated_row where round = 1 group by id having count(distinct occurrence) > 1);

create or replace temp table folded_row as
with quantity as (
    select id, occurrence, unnest(map_entries(quantities)) as entry from crowded_row
),
last_quantity as (
    select id, entry.key as key, arg_max(entry.value, occurrence) as value from quantity group by id, entry.key
),
folded_quantity as (
    select id, map_from_entries(list({'key': key, 'value': value} order by key)) as quantities
    from last_quantity
    group by id
),
tag as (
    select id, occurrence, unnest(map_entries(tags)) as entry from crowded_row
),
last_tag as (
    select id, entry.key as key, arg_max(entry.value, occurrence) as value from tag group by id, entry.key
),
folded_tag as (
    select id, map_from_entries(list({'key': key, 'value': value} order by key)) as tags from last_tag group by id
),
selector as (
    select id, occurrence, unnest(map_entries(json_transform(part[7], '"MAP(VARCHAR, VARCHAR)"'))) as entry
    from crowded_row
),
last_selector as (
    select id, entry.key as key, arg_max(entry.value, occurrence) as value from selector group by id, entry.key
),
folded_selector as (
    select id, cast(to_json(map_from_entries(list({'key': key, 'value': value} order by key))) as varchar) as selectors
    from last_selector
    group by id
),
metric as (
    select id, occurrence, unnest(map_entries(metric_map(other_metrics))) as entry from crowded_row
),
last_metric as (
    select id, entry.key as key, arg_max(entry.value, occurrence) as value from metric group by id, entry.key
),
folded_metric as (
    select id, cast(to_json(map_from_entries(list({'key': key, 'value': value} order by key))) as varchar) as other_metrics
    from last_metric
    group by id
),
folded_field as (
    select
        id,
        arg_max(part[1], occurrence) as kind,
        arg_max(part[2], occurrence) filter (where part[2] <> '') as account,
        arg_max(part[3], occurrence) filter (where part[3] <> '') as model,
        arg_max(part[4], occurrence) filter (where part[4] <> '') as version,
        arg_max(part[5], occurrence) filter (where part[5] <> '') as deployment,
        arg_max(part[6], occurrence) filter (where part[6] <> '' and not is_hardware_given) as own_hardware,
        max(part[6]) filter (where is_hardware_given) as given_hardware,
        arg_max(status, occurrence) as status,
        arg_max(source, occurrence) filter (where source is not null) as source,
        arg_max(created_at, occurrence) filter (where created_at is not null) as created_at,
        arg_max(started_at, occurrence) filter (where started_at is not null) as started_at,
        arg_max(completed_at, occurrence) filter (where completed_at is not null) as completed_at,
        arg_max(predict_seconds, occurrence) filter (where predict_seconds is not null) as predict_seconds,
        arg_max(total_seconds, occurrence) filter (where total_seconds is not null) as total_seconds,
        bool_or(has_error) filter (where status = last_status) as has_error,
        bool_or(data_removed) as data_removed,
        bool_or(is_rounded) as is_rounded,
        arg_max(input_hash, occurrence) filter (where input_hash is not null) as input_hash
    from crowded_row
    group by id
)
select
    f.id,
    concat_ws(
        chr(31), f.kind, coalesce(f.account, ''), coalesce(f.model, ''), coalesce(f.version, ''),
        coalesce(f.deployment, ''), coalesce(f.own_hardware, f.given_hardware, ''), coalesce(s.selectors, '{}')
    ) as subject_key,
    f.own_hardware is null and f.given_hardware is not null as is_hardware_given,
    f.status, f.source, f.created_at, f.started_at, f.completed_at,
    charge_instant(f.completed_at, f.started_at, f.created_at) as charged_at,
    f.predict_seconds, f.total_seconds, q.quantities, m.other_metrics, t.tags,
    f.has_error, f.data_removed, f.is_rounded, f.input_hash
from folded_field as f
left join folded_quantity as q on q.id = f.id
left join folded_metric as m on m.id = f.id
left join folded_tag as t on t.id = f.id
left join folded_selector as s on s.id = f.id;

-- Of how many contents each of these rows was made.
create or replace temp view folded_count as
select id, count(distinct occurrence) as contents
from crowded_row
group by id;
