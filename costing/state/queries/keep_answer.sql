insert or replace into idempotent_answer (client, key, request_digest, status, body, created_at)
values ($client, $key, $request_digest, $status, $body, $created_at)
