insert into cursor (name, value, updated_at)
values ($name, $value, $updated_at)
on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at
