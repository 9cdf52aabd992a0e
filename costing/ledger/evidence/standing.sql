-- Seconds in which instances of deployments were kept on without working, by hour (UTC): what min_instances
-- says was online, less what its predictions ran, which their own charges hold. An estimate: which instance
-- ran what is not known. A deployment is known to stand until the last look at it, not until now.
create or replace temp table standing as
with
kept as (
    select
        s.subject_id,
        r.deployment,
        r.min_instances,
        greatest(r.starts_at, cast($since as timestamp)) as begins_at,
        least(coalesce(r.ends_at, r.last_seen_at), cast($until as timestamp)) as ends_at
    from deployment_release as r
    inner join subject as s
        on
            s.kind = 'instance'
            and r.model = s.model
            and r.version = s.version
            and r.deployment = s.deployment
    where r.min_instances > 0
),

hour_kept as (
    select
        subject_id,
        deployment,
        min_instances,
        greatest(hour_at, begins_at) as begins_at,
        least(hour_at + interval 1 hour, ends_at) as ends_at
    from (
        select
            -- all columns: those of kept.
            *,
            unnest(range(date_trunc('hour', begins_at), ends_at, interval 1 hour)) as hour_at
        from kept
        where begins_at < ends_at
    )
),

run_span as (
    select
        s.deployment,
        p.started_at as begins_at,
        p.completed_at as ends_at
    from prediction as p
    inner join subject as s on p.subject_id = s.subject_id
    where
        s.deployment in (select deployment from kept)
        and p.completed_at > cast($since as timestamp)
        and p.started_at < cast($until as timestamp)
        and p.started_at < p.completed_at
),

busy as (
    select
        h.subject_id,
        h.begins_at,
        sum(seconds_between(greatest(h.begins_at, r.begins_at), least(h.ends_at, r.ends_at))) as seconds
    from hour_kept as h
    inner join run_span as r
        on
            h.deployment = r.deployment
            and h.begins_at < r.ends_at
            and h.ends_at > r.begins_at
    group by all
),

idle as (
    select
        h.subject_id,
        h.begins_at,
        seconds_between(h.begins_at, h.ends_at) * h.min_instances - coalesce(b.seconds, 0) as idle_seconds
    from hour_kept as h
    left join busy as b on h.subject_id = b.subject_id and h.begins_at = b.begins_at
)

select
    subject_id,
    begins_at,
    cast(idle_seconds as decimal(18, 9)) as seconds
from idle
where idle_seconds > 0;
