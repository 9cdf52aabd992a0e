-- Which incoming ids the ledger has, and which of those say anything that it does not already say.
create or replace temp table subject_key as
select
    subject_id,
    concat_ws(chr(31), kind, account, model, version, deployment, hardware, selectors) as subject_key
from ledger.subject;

create or replace temp table known_id as
select id from ledger.prediction where id in (select id from incoming);

create or replace temp table changed_id as
select i.id
from incoming as i
join ledger.prediction as p on p.id = i.id
left join subject_key as k on k.subject_key = i.subject_key
where
    p.subject_id is distinct from k.subject_id
    or p.is_hardware_given is distinct from i.is_hardware_given
    or p.status is distinct from i.status
    or p.source is distinct from i.source
    or p.created_at is distinct from i.created_at
    or p.started_at is distinct from i.started_at
    or p.completed_at is distinct from i.completed_at
    or p.predict_seconds is distinct from i.predict_seconds
    or p.total_seconds is distinct from i.total_seconds
    or p.quantities is distinct from i.quantities
    or p.other_metrics is distinct from i.other_metrics
    or p.tags is distinct from i.tags
    or p.has_error is distinct from i.has_error
    or p.data_removed is distinct from i.data_removed
    or p.is_rounded is distinct from i.is_rounded
    or p.input_hash is distinct from i.input_hash;
