-- Every release that was seen, by deployment, oldest first.
select
    deployment, release, model, version, hardware, min_instances, max_instances,
    starts_at, ends_at, first_seen_at, last_seen_at
from deployment_release
order by deployment, starts_at, release;
