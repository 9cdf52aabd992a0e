-- Touches no row where the message is known already.
insert into seen_message (origin, message_id, received_at)
values ($origin, $message_id, $received_at)
on conflict do nothing
