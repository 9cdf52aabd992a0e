delete from seen_message
where (origin, message_id) in (
    select origin, message_id
    from seen_message
    where received_at < $before
    order by received_at, origin, message_id
    limit $most_rows
)
