update token
set last_used_at = $used_at
where id = $id and coalesce(last_used_at, 0) < $used_at
