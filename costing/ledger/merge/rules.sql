-- Whether a record has come to its end: by its status, or, where the status is unknown, by its completion.
create or replace temp macro is_finished(status, completed_at) as
    status in ('succeeded', 'failed', 'canceled', 'aborted')
    or status not in ('starting', 'processing') and completed_at is not null;

-- How far a record has come, so that of two the farther one says the state: what has come to its end is undone by
-- nothing unfinished, a state that is unknown by none that is known to come before the end, 'processing' not by 'starting'.
create or replace temp macro progress(status, completed_at) as
    case
        when is_finished(status, completed_at) then 3
        when status = 'processing' then 1
        when status = 'starting' then 0
        else 2
    end;

-- Metrics that are no quantity, by name.
create or replace temp macro metric_map(other_metrics) as
    json_transform(other_metrics, '"MAP(VARCHAR, JSON)"');

-- Two maps as one in the order of its keys, of which the second counts where both have one.
create or replace temp macro map_over(below, above) as
    case
        when below is null then above
        when above is null then below
        else map_from_entries(list_sort(map_entries(map_concat(below, above))))
    end;

-- Whether every entry of one map stands in another.
create or replace temp macro is_within(part, whole) as
    coalesce(list_bool_and(list_transform(
        map_entries(part), lambda entry: coalesce(whole[entry.key] = entry.value, false)
    )), true);

-- Whether a value says nothing that a known one does not say; a missing text is ''.
create or replace temp macro is_echo(said, known) as
    said is null or cast(said as varchar) = '' or said is not distinct from known;
