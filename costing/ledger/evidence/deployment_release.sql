-- The releases of every deployment with the time in which each was the current one, [starts_at, ends_at).
-- A release ends where the next begins. Where a release between the two was never seen, it is known to
-- have held only until it was last seen; the current one holds on, and that of a deployment that is gone
-- held until that was noticed.
create or replace temp view deployment_release as
with
ordered as (
    select
        -- all columns: those of deployment_seen.
        *,
        lead(release) over later as next_release,
        lead(released_at) over later as next_released_at
    from deployment_seen
    window later as (partition by deployment order by released_at, release)
)

select
    deployment,
    release,
    model,
    version,
    hardware,
    min_instances,
    max_instances,
    released_at as starts_at,
    case
        when next_release = release + 1 then next_released_at
        when next_release is not null then least(last_seen_at, next_released_at)
        else gone_at
    end as ends_at,
    first_seen_at,
    last_seen_at,
    gone_at
from ordered;
