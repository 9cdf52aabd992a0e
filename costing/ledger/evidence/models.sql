-- What each look at a model showed that was new; of one that there is not, nothing follows.
select model, first_seen_at, visibility = 'private' as is_private, is_official
from model_seen
where visibility is not null
order by model, first_seen_at;
