-- The tags of a record: its own, and beneath them what tags.toml says of the model, version or deployment that
-- it ran. For each tag the first entry counts that matches and names it.
create or replace temp table subject_tag as
with
rule as (
    select unnest(from_json($rules, '[{
        "position": "INTEGER", "model": "VARCHAR", "version": "VARCHAR", "deployment": "VARCHAR",
        "name": "VARCHAR", "value": "VARCHAR"
    }]'), max_depth := 2)
),

chosen as (
    select
        s.subject_id,
        r.name,
        arg_min(r.value, r.position) as value
    from subject as s
    inner join rule as r
        on
            s.model glob r.model
            and s.version glob r.version
            and s.deployment glob r.deployment
    group by s.subject_id, r.name
)

select
    subject_id,
    map_from_entries(list(struct_pack(k := name, v := value) order by name)) as tags
from chosen
group by subject_id;

create or replace temp macro tags_of(of_subject, own_tags) as
    coalesce(
        map_concat((select t.tags from subject_tag as t where t.subject_id = of_subject), own_tags),
        (select t.tags from subject_tag as t where t.subject_id = of_subject),
        own_tags
    );
