-- Records that had not ended when they were last seen. `is_finished` is that of `ledger/merge/rules.sql`.
select p.id, s.kind, p.created_at
from prediction as p
inner join subject as s on p.subject_id = s.subject_id
where not is_finished(p.status, p.completed_at)
order by p.id;
