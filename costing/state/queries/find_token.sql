select id, digest, name, scopes, created_at, expires_at, revoked_at, last_used_at
from token
where digest = $digest
