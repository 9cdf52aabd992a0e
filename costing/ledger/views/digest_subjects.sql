-- All subjects of the ledger as two numbers, so that terms compiled for others are never taken for theirs.
select
    count(*) as subjects,
    bit_xor(hash(subject_id, kind, account, model, version, deployment, hardware, selectors)) as digest
from subject;
