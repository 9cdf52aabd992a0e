-- Whether a record has come to its end: by its status, or, where the status is unknown, by its completion.
create or replace temp macro is_finished(status, completed_at) as
    status in ('succeeded', 'failed', 'canceled', 'aborted')
    or status not in ('starting', 'processing') and completed_at is not null;

-- Whether every entry of one map stands in another.
create or replace temp macro is_within(part, whole) as
    coalesce(list_bool_and(list_transform(
        map_entries(part), lambda entry: coalesce(whole[entry.key] = entry.value, false)
    )), true);

-- Whether a value says nothing that a known one does not say; a missing text is ''.
create or replace temp macro is_echo(said, known) as
    said is null or cast(said as varchar) = '' or said is not distinct from known;
