-- One look at one model: a row more if it shows something new, else the newest row was seen again.
update ledger.model_seen
set last_seen_at = greatest(last_seen_at, cast($looked_at as timestamp))
where
    model = $model
    and visibility is not distinct from $visibility
    and is_official is not distinct from $is_official
    and first_seen_at = (select max(first_seen_at) from ledger.model_seen where model = $model);

insert into ledger.model_seen
select
    $model, $visibility, $is_official, cast($looked_at as timestamp), cast($looked_at as timestamp)
where not exists (
    from ledger.model_seen
    where model = $model and last_seen_at >= cast($looked_at as timestamp)
);
