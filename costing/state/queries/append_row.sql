insert into inbox (received_at, origin, kind, body)
values ($received_at, $origin, $kind, $body)
