-- title: Anomalies
-- summary: Days that cost more than their weekday usually does, and what changed: new models, versions that got slower, failed runs that cost, other hardware; the most at stake first.
-- source: used
-- period: month
-- parameters: period, where, zone, book, known_on, prices_known_on
-- derivation: anomalies
-- history: 120
-- series: day, model, version, deployment, hardware
-- read: kind | text | each | What the row is about: day, cause, model, version, waste or hardware.
-- read: subject | text | each | Of a cause what it is, of hardware what was there before.
-- read: amount_usd | usd | sum | What it cost: a day, a cause on a day, the others in the period.
-- read: before_usd | usd | each | What a cause cost in the 28 days before; of waste, all that the model cost.
-- read: runs | count | each | Succeeded runs that were timed, of waste those that did not succeed, of a model those without an amount.
-- read: before_runs | count | each | Timed runs before the period.
-- read: seconds_p95 | seconds | each | 95 of 100 ran no longer.
-- read: before_seconds_p95 | seconds | each | The same before the period.
-- column: kind | text | each | `new spend`, `above usual`, `new model`, `slower version`, `failed but billed` or `changed hardware`.
-- column: first_day | text | each | The day, or the first of the days or of the use.
-- column: last_day | text | each | The last of the days of an episode.
-- column: subject | text | each | The model, deployment or tier that it is about; of days the one with the largest excess.
-- column: at_stake_usd | usd | each | Spend above what was expected, of what is new, or of failed runs.
-- column: finding | text | each | What was found.
-- detail: model | text | each | The model that changed; of days none.
-- detail: hardware | text | each | Of changed hardware the tier that is new.
with
-- What each day cost, by what may be the cause of an unusual one.
day_part as (
    select
        by_1,
        unnest([
            {subject: 'deployment', name: by_4},
            {subject: 'model', name: by_2},
            {subject: 'tier', name: by_5}
        ]) as part_of,
        amount_usd
    from spend
    where amount_usd is not null and by_1 is not null
),

part_day as (
    select by_1, part_of.subject as subject, part_of.name as name, sum(amount_usd) as amount_usd
    from day_part
    where part_of.name is not null
    group by by_1, part_of.subject, part_of.name
),

-- The same beside the 28 days before it.
part_history as (
    select
        by_1, subject, name, amount_usd,
        coalesce(
            sum(amount_usd) over (
                partition by subject, name
                order by cast(by_1 as date)
                range between interval 28 days preceding and interval 1 day preceding
            ),
            0
        ) as before_usd
    from part_day
),

-- Of each day, and of each of the three, what was furthest above its mean day.
cause as (
    select by_1, subject, name, amount_usd, before_usd
    from part_history
    qualify row_number() over (
        partition by by_1, subject order by 28 * amount_usd - before_usd desc, name
    ) = 1
),

-- Runs that were timed, before the period and in it.
timed as (
    select
        nullif(model, '') as model,
        nullif(version, '') as version,
        charged_at >= $start as is_now,
        predict_seconds
    from record
    where
        charged_at >= $before_start and charged_at < $end
        and status = 'succeeded' and predict_seconds >= 0
        and {where}
),

version_speed as (
    select
        model,
        version,
        count_if(is_now) as runs,
        count_if(not is_now) as before_runs,
        quantile_disc(predict_seconds, 0.95) filter (where is_now) as seconds_p95,
        quantile_disc(predict_seconds, 0.95) filter (where not is_now) as before_seconds_p95
    from timed
    group by model, version
),

model_speed as (
    select
        model,
        count_if(not is_now) as before_runs,
        quantile_disc(predict_seconds, 0.95) filter (where not is_now) as before_seconds_p95
    from timed
    group by model
),

hardware_use as (
    select
        by_2, by_4, by_5,
        min(by_1) as by_1,
        count_if(part < 2) = 0 as is_new,
        sum(amount_usd) filter (where part = 2) as amount_usd
    from spend
    where by_5 is not null
    group by by_2, by_4, by_5
),

hardware_before as (
    select by_2, by_4, string_agg(by_5, ', ' order by by_5) as subject
    from hardware_use
    where not is_new
    group by by_2, by_4
),

found as (
    select
        'day' as kind, cast(null as varchar) as subject,
        by_1, cast(null as varchar) as by_2, cast(null as varchar) as by_3,
        cast(null as varchar) as by_4, cast(null as varchar) as by_5,
        sum(amount_usd) as amount_usd, cast(null as decimal(38, 21)) as before_usd,
        cast(null as bigint) as runs, cast(null as bigint) as before_runs,
        cast(null as decimal(18, 9)) as seconds_p95,
        cast(null as decimal(18, 9)) as before_seconds_p95
    from spend
    group by by_1

    union all by name

    select
        'cause' as kind, subject, by_1,
        case subject when 'model' then name end as by_2,
        case subject when 'deployment' then name end as by_4,
        case subject when 'tier' then name end as by_5,
        amount_usd, before_usd
    from cause

    union all by name

    select
        'model' as kind, by_2,
        min(by_1) as by_1,
        sum(amount_usd) as amount_usd,
        cast(sum(predictions) filter (where state = 'unrated') as bigint) as runs
    from spend
    where by_2 is not null
    group by by_2
    having count_if(part < 2) = 0

    union all by name

    -- A version that did not run before the period is held against all versions of its model.
    select
        'version' as kind, s.by_2, s.by_3,
        min(s.by_1) as by_1,
        sum(s.amount_usd) as amount_usd,
        any_value(v.runs) as runs,
        any_value(if(v.before_runs > 0, v.before_runs, m.before_runs)) as before_runs,
        any_value(v.seconds_p95) as seconds_p95,
        any_value(if(v.before_runs > 0, v.before_seconds_p95, m.before_seconds_p95))
            as before_seconds_p95
    from spend as s
    inner join version_speed as v on s.by_2 = v.model and s.by_3 is not distinct from v.version
    inner join model_speed as m on s.by_2 = m.model
    where s.part = 2
    group by s.by_2, s.by_3

    union all by name

    select
        'waste' as kind, by_2,
        min(by_1) filter (where status in ('failed', 'canceled', 'aborted') and amount_usd > 0) as by_1,
        sum(amount_usd) filter (where status in ('failed', 'canceled', 'aborted')) as amount_usd,
        sum(amount_usd) as before_usd,
        cast(
            sum(predictions) filter (
                where status in ('failed', 'canceled', 'aborted') and amount_usd > 0
            ) as bigint
        ) as runs
    from spend
    where part = 2 and by_2 is not null
    group by by_2

    union all by name

    -- A tier that a model or deployment did not run on before the period, where it ran on another.
    select
        'hardware' as kind, b.subject, h.by_2, h.by_4, h.by_5, h.by_1, h.amount_usd
    from hardware_use as h
    inner join hardware_before as b
        on h.by_2 is not distinct from b.by_2 and h.by_4 is not distinct from b.by_4
    where h.is_new
)

select
    by_1, by_2, by_3, by_4, by_5,
    kind, subject, amount_usd, before_usd, runs, before_runs, seconds_p95, before_seconds_p95
from found
order by kind, by_1, by_2, by_3, by_4, by_5, subject
