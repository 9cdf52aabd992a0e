-- Touches no row where a token in force bears the name already.
insert into token (digest, name, scopes, created_at, expires_at)
values ($digest, $name, $scopes, $created_at, $expires_at)
on conflict do nothing
