-- What each record ran, whatever that costs: the columns of it that a sum over many records may need.
create or replace temp view run as
select
    subject_id,
    status,
    source,
    charged_at,
    tags_of(subject_id, tags) as tags,
    active_basis(predict_seconds, started_at, completed_at, status) as basis,
    active_seconds(predict_seconds, started_at, completed_at, status) as active_seconds
from prediction;
