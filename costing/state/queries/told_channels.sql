-- The channels that heard of an alert, or still will: those that have to hear of its end.
select channel, fallback_of
from delivery
where alert_id = $alert_id and event = 'opened' and state <> 'dead'
order by number
