-- Which values match one of the patterns of a scope, as DuckDB matches them in reports. Both come as JSON text.
select v.value
from (select unnest(from_json($values, '["VARCHAR"]')) as value) as v
where exists (
    select 1
    from (select unnest(from_json($patterns, '["VARCHAR"]')) as pattern) as p
    where v.value glob p.pattern
)
order by v.value;
