-- What becomes of a known id that says something new. One rule for all sources:
--   a finished record is never undone by an unfinished one, an unknown state not by one that is known to come before the
--   end, 'processing' not by 'starting';
--   a later observation counts, unless it says nothing that the ledger has not heard and moved on from (a repeat);
--   what an observation leaves out (removed input, absent hardware, tags) does not erase what was known, and what the
--   ledger lacks is filled in by any observation, whichever comes first, a repeat and an unfinished one included;
--   hardware that a record names outranks any that is given for records that name none; of what is given at the
--   command, hardware and tags, the last counts, for it is a statement of its own and no part of the observation;
--   two finished records that disagree on billing content are a conflict: recorded, and the later one counts.
create or replace temp table compared as
with old_row as (
    select
        -- all columns: the old row, as it stands in the ledger.
        p.*, s.kind, s.account, s.model, s.version, s.deployment, s.hardware,
        json_transform(s.selectors, '"MAP(VARCHAR, VARCHAR)"') as selectors,
        case when p.is_hardware_given then '' else s.hardware end as own_hardware,
        progress(p.status, p.completed_at) as progress, progress = 3 as is_finished
    from ledger.prediction as p
    join ledger.subject as s on s.subject_id = p.subject_id
    where p.id in (select id from changed_id)
),
said_row as (
    select
        -- all columns: what was said, as incoming has it.
        i.*, d.is_given_anew, string_split(i.subject_key, chr(31)) as part, part[1] as kind, part[2] as account, part[3] as model,
        part[4] as version, part[5] as deployment, part[6] as hardware,
        case when is_hardware_given then '' else hardware end as own_hardware,
        map_from_entries(list_filter(
            map_entries(i.tags), lambda entry: coalesce(given_tags[entry.key] <> entry.value, true)
        )) as own_tags,
        map_from_entries(list_filter(
            map_entries(i.tags), lambda entry: coalesce(given_tags[entry.key] = entry.value, false)
        )) as kept_given_tags,
        json_transform(part[7], '"MAP(VARCHAR, VARCHAR)"') as selectors,
        progress(i.status, i.completed_at) as progress, progress = 3 as is_finished
    from incoming as i
    cross join ingest_default as d
    where i.id in (select id from changed_id)
),
repeated as (
    select distinct said.id
    from said_row as said
    join ledger.prediction_history as h on h.id = said.id
    join ledger.subject as s on s.subject_id = h.subject_id
    where
        h.status = said.status
        and is_echo(said.started_at, h.started_at)
        and is_echo(said.completed_at, h.completed_at)
        and is_echo(said.predict_seconds, h.predict_seconds)
        and is_within(said.quantities, h.quantities)
        and is_within(said.own_tags, h.tags)
        and s.kind = said.kind
        and is_echo(said.account, s.account)
        and is_echo(said.model, s.model)
        and is_echo(said.version, s.version)
        and is_echo(said.deployment, s.deployment)
        and is_echo(said.own_hardware, s.hardware)
        and is_within(said.selectors, json_transform(s.selectors, '"MAP(VARCHAR, VARCHAR)"'))
),
new_row as (
    -- all columns: those of said_row, above.
    select said.*, said.id in (select id from repeated) as is_repeat
    from said_row as said
),
pair as (
    select
        o as old,
        n as new,
        not n.is_repeat and n.progress >= o.progress as replaces,
        case when replaces then coalesce(nullif(n.own_hardware, ''), o.own_hardware)
            else coalesce(nullif(o.own_hardware, ''), n.own_hardware) end as own_hardware,
        case when replaces and o.is_finished then list_filter([
            case when n.status <> o.status then 'status' end,
            case when n.kind <> o.kind then 'kind' end,
            case when n.account <> o.account and '' not in (n.account, o.account) then 'account' end,
            case when n.model <> o.model and '' not in (n.model, o.model) then 'model' end,
            case when n.version <> o.version and '' not in (n.version, o.version) then 'version' end,
            case when n.deployment <> o.deployment and '' not in (n.deployment, o.deployment) then 'deployment' end,
            case when n.own_hardware <> o.own_hardware and '' not in (n.own_hardware, o.own_hardware)
                then 'hardware' end,
            case when n.started_at <> o.started_at then 'started_at' end,
            case when n.completed_at <> o.completed_at then 'completed_at' end,
            case when n.predict_seconds <> o.predict_seconds then 'predict_time' end,
            case when list_bool_or(list_transform(
                map_entries(n.quantities), lambda entry: coalesce(o.quantities[entry.key] <> entry.value, false)
            )) then 'metrics' end,
            case when list_bool_or(list_transform(
                map_entries(n.selectors), lambda entry: coalesce(o.selectors[entry.key] <> entry.value, false)
            )) then 'selectors' end
        ], lambda field: field is not null) else [] end as conflicting_fields
    from old_row as o
    join new_row as n on n.id = o.id
)
select
    old.id as id,
    conflicting_fields,
    replaces,
    concat_ws(
        chr(31),
        case when replaces then new.kind else old.kind end,
        case when replaces then coalesce(nullif(new.account, ''), old.account)
            else coalesce(nullif(old.account, ''), new.account) end,
        case when replaces then coalesce(nullif(new.model, ''), old.model)
            else coalesce(nullif(old.model, ''), new.model) end,
        case when replaces then coalesce(nullif(new.version, ''), old.version)
            else coalesce(nullif(old.version, ''), new.version) end,
        case when replaces then coalesce(nullif(new.deployment, ''), old.deployment)
            else coalesce(nullif(old.deployment, ''), new.deployment) end,
        case when own_hardware <> '' then own_hardware
            when new.is_given_anew then coalesce(nullif(new.hardware, ''), old.hardware)
            else coalesce(nullif(old.hardware, ''), new.hardware) end,
        cast(to_json(
            case when replaces then map_over(old.selectors, new.selectors)
                else map_over(new.selectors, old.selectors) end
        ) as varchar)
    ) as subject_key,
    own_hardware = '' and (new.is_hardware_given or old.is_hardware_given) as is_hardware_given,
    case when replaces then new.status else old.status end as status,
    case when replaces then coalesce(new.source, old.source) else coalesce(old.source, new.source) end as source,
    case when replaces then coalesce(new.created_at, old.created_at)
        else coalesce(old.created_at, new.created_at) end as created_at,
    case when replaces then coalesce(new.started_at, old.started_at)
        else coalesce(old.started_at, new.started_at) end as started_at,
    case when replaces then coalesce(new.completed_at, old.completed_at)
        else coalesce(old.completed_at, new.completed_at) end as completed_at,
    case when replaces then coalesce(new.predict_seconds, old.predict_seconds)
        else coalesce(old.predict_seconds, new.predict_seconds) end as predict_seconds,
    case when replaces then coalesce(new.total_seconds, old.total_seconds)
        else coalesce(old.total_seconds, new.total_seconds) end as total_seconds,
    case when replaces then map_over(old.quantities, new.quantities)
        else map_over(new.quantities, old.quantities) end as quantities,
    cast(to_json(
        case when replaces then map_over(metric_map(old.other_metrics), metric_map(new.other_metrics))
            else map_over(metric_map(new.other_metrics), metric_map(old.other_metrics)) end
    ) as varchar) as other_metrics,
    case
        when old.tags is null then new.tags
        when new.tags is null then old.tags
        else map_from_entries(list_sort(map_entries(map_concat(
            case when not new.is_given_anew then new.kept_given_tags else map {} end,
            case when new.is_repeat then map_concat(new.own_tags, old.tags)
                else map_concat(old.tags, new.own_tags) end,
            case when new.is_given_anew then new.kept_given_tags else map {} end
        ))))
    end as tags,
    case
        when old.status = new.status then old.has_error or new.has_error
        when replaces then new.has_error
        else old.has_error
    end as has_error,
    old.data_removed or new.data_removed as data_removed,
    old.is_rounded or new.is_rounded as is_rounded,
    case when replaces then coalesce(new.input_hash, old.input_hash)
        else coalesce(old.input_hash, new.input_hash) end as input_hash
from pair;

-- A comparison that ends where it began changed nothing.
create or replace temp table merged_row as
select
    -- all columns: the row that the comparison made, above.
    c.*,
    charge_instant(c.completed_at, c.started_at, c.created_at) as charged_at
from compared as c
join ledger.prediction as p on p.id = c.id
left join subject_key as k on k.subject_key = c.subject_key
where
    len(c.conflicting_fields) > 0
    or p.subject_id is distinct from k.subject_id
    or p.is_hardware_given is distinct from c.is_hardware_given
    or p.status is distinct from c.status
    or p.source is distinct from c.source
    or p.created_at is distinct from c.created_at
    or p.started_at is distinct from c.started_at
    or p.completed_at is distinct from c.completed_at
    or p.predict_seconds is distinct from c.predict_seconds
    or p.total_seconds is distinct from c.total_seconds
    or p.quantities is distinct from c.quantities
    or p.other_metrics is distinct from c.other_metrics
    or p.tags is distinct from c.tags
    or p.has_error is distinct from c.has_error
    or p.data_removed is distinct from c.data_removed
    or p.is_rounded is distinct from c.is_rounded
    or p.input_hash is distinct from c.input_hash;
