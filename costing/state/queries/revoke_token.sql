update token
set revoked_at = $revoked_at
where (name = $name_or_id or cast(id as text) = $name_or_id) and revoked_at is null
