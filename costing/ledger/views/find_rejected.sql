-- Rejected rows with what their source was given when it was taken in.
select r.path, i.given_hardware, i.given_tags, r.digest, r.raw, r.is_retriable
from rejected as r
join ingest as i on i.ingest_id = r.ingest_id
order by r.path, r.line, r.digest;
