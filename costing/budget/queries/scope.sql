-- The budgets, and the patterns of their scopes, numbered. They come as JSON text: a list of a thousand values
-- takes a second to bind, a text takes none.
create or replace temp table budget_asked as
select unnest(from_json($budgets, '[{"budget": "INTEGER", "zone": "INTEGER", "since": "DATE", "estimated_since": "DATE", "dimensions": "INTEGER"}]'), recursive := true);

create or replace temp table budget_pattern as
select unnest(from_json($patterns, '[{"budget": "INTEGER", "dimension": "INTEGER", "pattern": "VARCHAR"}]'), recursive := true);
