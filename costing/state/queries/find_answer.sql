select request_digest, status, body
from idempotent_answer
where client = $client and key = $key and created_at >= $valid_from
