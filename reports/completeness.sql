-- How much of the period is rated, and how much of its amount is certain.
select
    coalesce(sum(predictions), 0) as predictions,
    coalesce(sum(predictions) filter (where state = 'rated'), 0) as rated,
    coalesce(sum(predictions) filter (where state = 'unrated'), 0) as unrated,
    coalesce(sum(predictions) filter (where state = 'pending'), 0) as pending,
    coalesce(sum(active_seconds) filter (where state = 'unrated'), 0) as unrated_seconds,
    coalesce(sum(predictions) filter (where state = 'rated' and is_estimate), 0) as estimated,
    coalesce(sum(amount_usd) filter (where is_estimate), 0) as estimate_usd,
    coalesce(sum(predictions) filter (where state = 'rated' and is_lower_bound), 0) as lower_bounded,
    coalesce(sum(amount_usd) filter (where is_lower_bound), 0) as lower_bound_usd,
    coalesce(sum(predictions) filter (where reason in ('no_hardware', 'unknown_hardware')), 0)
        as without_hardware,
    coalesce(sum(amount_usd) filter (where status = 'always_on'), 0) as kept_on_usd,
    coalesce(sum(billed_quantity) filter (where status = 'always_on' and state = 'unrated'), 0)
        as kept_on_unrated_seconds
from spend
where part = 2
