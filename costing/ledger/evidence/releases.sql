-- Every release with the time in which it was the current one, as evidence of hardware.
select deployment, hardware, starts_at, ends_at, cast(release as varchar) as release
from deployment_release
order by deployment, starts_at, release;
