delete from idempotent_answer
where (client, key) in (
    select client, key
    from idempotent_answer
    where created_at < $before
    order by created_at, client, key
    limit $most_rows
)
