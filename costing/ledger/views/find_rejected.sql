-- Rejected rows with what their source was given when it was last taken in. Two streams have nothing in common but
-- their name, so a row of a stream has what its own ingest was given.
select r.path, i.given_hardware, i.given_tags, r.digest, r.raw, r.is_retriable
from rejected as r
join ingest as i
    on i.ingest_id = case
        when starts_with(r.path, '/') then (select max(last.ingest_id) from ingest as last where last.path = r.path)
        else r.ingest_id
    end
order by r.path, r.line, r.digest;
