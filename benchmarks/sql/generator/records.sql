-- One JSON line a record, as Replicate serves it once inputs and outputs are removed, in the order of created_at.
-- Every choice is a slice of an MD5 of seed and ordinal: the same line whatever the count, the file or the machine.
-- The rates of the oddities are those counted in 3,808 real records; each of them is still a record to be taken.
create temp macro below(slice, bound) as cast(slice % bound as bigint);
create temp macro unit_interval(slice) as (slice + 0.5) / 4294967296.0;
create temp macro low_half(word) as word & 4294967295;
create temp macro high_half(word) as word >> 32;
create temp macro instant_text(microseconds, has_fraction) as
    case
        when microseconds is null then 'null'
        when has_fraction then strftime(make_timestamp(microseconds), '"%Y-%m-%dT%H:%M:%S.%fZ"')
        else strftime(make_timestamp(microseconds), '"%Y-%m-%dT%H:%M:%SZ"')
    end;
create temp macro seconds_text(count, digits) as concat(
    case when count < 0 then '-' else '' end,
    abs(count) // cast(10 ** digits as bigint), '.', lpad(cast(abs(count) % cast(10 ** digits as bigint) as varchar), digits, '0')
);

create temp view drawn as
with named as (
    select
        range as ordinal,
        concat((select seed from recipe), '/', range) as name
    from range(
        (select first_ordinal from recipe), (select first_ordinal + record_count from recipe)
    )
),
word as (
    select
        ordinal,
        name,
        md5_number_lower(concat(name, '/a')) as a,
        md5_number_upper(concat(name, '/a')) as b,
        md5_number_lower(concat(name, '/b')) as c,
        md5_number_upper(concat(name, '/b')) as d,
        md5_number_lower(concat(name, '/c')) as e,
        md5_number_upper(concat(name, '/c')) as f,
        md5_number_lower(concat(name, '/d')) as g,
        md5_number_upper(concat(name, '/d')) as h
    from named
)
select
    ordinal,
    translate(left(lower(base64(unhex(sha256(name)))), 26), '+/', 'ab') as id,
    -- Popularity: the chance of a model is as good as proportional to 1/rank.
    least(3000, cast(floor(exp(unit_interval(low_half(a)) * ln(3001))) as integer)) as model_rank,
    unit_interval(high_half(a)) as version_draw,
    below(low_half(b), 100) as hardware_percent,
    below(high_half(b), 1000) as status_mille,
    unit_interval(low_half(c)) as created_draw,
    -- Two independent normal variables (Box and Muller).
    sqrt(-2 * ln(unit_interval(high_half(c)))) * cos(2 * pi() * unit_interval(low_half(d))) as run_normal,
    sqrt(-2 * ln(unit_interval(high_half(c)))) * sin(2 * pi() * unit_interval(low_half(d))) as queue_normal,
    below(high_half(d), 3808) as oddity,
    below(low_half(e), 30000000) as oddity_microseconds,
    below(high_half(e), 1000) as nanoseconds,
    below(low_half(f), 100) as source_percent,
    below(high_half(f), 4) + 1 as few,
    below(low_half(g), 3000) as many,
    below(high_half(g), 1000000) as damage_draw,
    below(low_half(h), 4) as damage,
    below(high_half(h), 300) as cut_at,
    below(high_half(h), 100) as unfinished_percent
from word;

-- How each record came out, in whole microseconds and nanoseconds.
create temp view timed as
select
    d.ordinal, d.id, m.model, m.unit, d.source_percent, d.few, d.many, d.damage, d.damage_draw, d.cut_at,
    d.oddity, d.nanoseconds,
    m.versions[1 + cast(floor(len(m.versions) * d.version_draw * d.version_draw) as integer)] as version,
    case when d.hardware_percent < 70 then m.hardware end as hardware,
    case when d.hardware_percent % 2 = 0 then m.deployment end as deployment,
    case
        when d.unfinished_percent < r.unfinished_percent then 'processing'
        when d.status_mille < 940 then 'succeeded'
        when d.status_mille < 980 then 'failed'
        when d.status_mille < 994 then 'canceled'
        when d.status_mille < 996 then 'aborted'
        when d.status_mille < 999 then 'processing'
        else 'starting'
    end as status,
    -- A year from 2025-11-01, evenly, so that one price change lies within.
    1761955200000000 + cast(
        (d.ordinal + d.created_draw) * 31536000000000 / r.total_count as bigint
    ) as created,
    case
        when d.oddity < 317 then -d.oddity_microseconds // 1000
        else cast(least(7200, 1.1 * exp(3.98 * d.queue_normal)) * 1000000 as bigint)
    end as queued,
    cast(greatest(0.000002, least(5636, 14.98 * exp(1.5 * d.run_normal))) * 1000000 as bigint) as ran
from drawn as d
join model as m on m.model_rank = d.model_rank
cross join recipe as r;

create temp view told as
select
    *,
    status in ('succeeded', 'failed', 'canceled', 'aborted') as is_finished,
    -- Stopped before it began, or not begun yet, or one of the six of 3,808 without a start.
    status in ('starting', 'aborted')
    or status = 'canceled' and few = 1
    or oddity between 381 and 386 as is_without_start,
    oddity between 317 and 373 as is_ended_before_start,
    oddity between 317 and 378 as is_without_predict_time,
    oddity between 395 and 426 as is_without_fraction
from timed;

-- Columns as they are served; metrics by what the model bills.
create temp view served as
select
    *,
    instant_text(created, not is_without_fraction) as created_text,
    instant_text(case when not is_without_start then created + queued end, not is_without_fraction) as started_text,
    instant_text(
        case
            when not is_finished or oddity = 387 then null
            when is_ended_before_start then created + queued - few * 1000000
            when is_without_start then created + ran
            else created + queued + ran
        end,
        not is_without_fraction
    ) as completed_text,
    case
        when not is_finished or is_without_start and status <> 'succeeded' then '{}'
        when is_without_predict_time then concat('{"total_time":', seconds_text(ran, 6), '}')
        else concat(
            '{"predict_time":', seconds_text(1000 * ran + nanoseconds, 9),
            ',"total_time":',
            seconds_text(case when oddity between 388 and 394 then -few else queued + ran end, 6),
            case
                when status <> 'succeeded' then ''
                when unit = 'image' then concat(
                    case when oddity % 50 = 0 then concat(',"image_count":', few) else '' end,
                    ',"image_output_count":', few
                )
                when unit = 'token' then concat(',"token_input_count":', many, ',"token_output_count":', many // few)
                when unit = 'video' then concat(',"video_output_duration_seconds":', few * 2, '.', nanoseconds % 9 + 1)
                else ''
            end,
            '}'
        )
    end as metrics_text,
    case
        when status = 'failed' or oddity = 380 then '"CUDA out of memory"'
        when oddity between 427 and 443 then '""'
        else 'null'
    end as error_text
from told;

create temp view record_line as
select
    ordinal,
    concat(
        '{"id":"', id, '","model":"', model, '","version":"', version,
        '","urls":{"cancel":"https://api.replicate.com/v1/predictions/', id,
        '/cancel","get":"https://api.replicate.com/v1/predictions/', id,
        '"},"created_at":', created_text,
        ',"started_at":', case when is_damaged and damage = 3 then '{"seconds":0}' else started_text end,
        ',"completed_at":', completed_text,
        ',"source":"', case when source_percent < 97 then 'api' else 'web' end,
        '","status":"', status, '","input":{},"output":null,"error":', error_text,
        ',"data_removed":true,"metrics":',
        case when is_damaged and damage = 2 then '{"predict_time":NaN,"total_time":Infinity}' else metrics_text end,
        case when deployment is null then '' else concat(',"deployment":"', deployment, '"') end,
        case when hardware is null then '' else concat(',"hardware":"', hardware, '"') end,
        '}'
    ) as whole,
    case
        when is_damaged and damage = 0 then left(whole, 40 + cut_at)
        when is_damaged and damage = 1 then 'upstream connect error or disconnect/reset before headers'
        else whole
    end as line
from (
    select *, damage_draw < (select damaged_per_million from recipe) as is_damaged
    from served
);
