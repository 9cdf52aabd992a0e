-- One look at all deployments of the account: new releases are added, known ones were seen again, and
-- those that the look does not show are gone. The same look again changes nothing.
create or replace temp table shown_release as
select
    deployment, release, model, version, hardware, min_instances, max_instances,
    cast(released_at as timestamp) as released_at,
    cast($looked_at as timestamp) as looked_at
from (
    select unnest(from_json($deployments, '[{
        "deployment": "VARCHAR", "release": "INTEGER", "model": "VARCHAR", "version": "VARCHAR",
        "hardware": "VARCHAR", "min_instances": "INTEGER", "max_instances": "INTEGER", "released_at": "VARCHAR"
    }]'), max_depth := 2)
);

insert into ledger.deployment_seen
select
    deployment, release, model, version, hardware, min_instances, max_instances, released_at,
    looked_at, looked_at, null
from shown_release
where (deployment, release, released_at) not in (
    select (deployment, release, released_at) from ledger.deployment_seen
);

update ledger.deployment_seen as seen
set
    last_seen_at = greatest(seen.last_seen_at, shown.looked_at),
    gone_at = case when shown.looked_at <= seen.gone_at then seen.gone_at end
from shown_release as shown
where
    seen.deployment = shown.deployment
    and seen.release = shown.release
    and seen.released_at = shown.released_at;

update ledger.deployment_seen
set gone_at = cast($looked_at as timestamp)
where
    gone_at is null
    and last_seen_at < cast($looked_at as timestamp)
    and deployment not in (select deployment from shown_release);

-- Instances that are kept on cost money without any prediction: they have a subject of their own.
insert into ledger.subject
select
    cast((select coalesce(max(subject_id), 0) from ledger.subject) + row_number() over (order by deployment, model, version) as integer),
    'instance', '', model, version, deployment, '', '{}'
from (
    select distinct model, version, deployment
    from shown_release
    where min_instances > 0
    except
    select model, version, deployment
    from ledger.subject
    where kind = 'instance'
);
