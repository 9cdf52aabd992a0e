-- Combinations that the ledger has not seen, numbered on from the last, in the order of their text.
insert into ledger.subject
with needed_key as (
    select subject_key from incoming where id not in (select id from known_id)
    union
    select subject_key from merged_row
),
new_key as (
    select subject_key, string_split(subject_key, chr(31)) as part
    from needed_key
    where subject_key not in (select subject_key from subject_key)
)
select
    cast(
        (select coalesce(max(subject_id), 0) from ledger.subject) + row_number() over (order by subject_key) as integer
    ) as subject_id,
    part[1] as kind, part[2] as account, part[3] as model, part[4] as version, part[5] as deployment,
    part[6] as hardware, part[7] as selectors
from new_key;

create or replace temp table subject_key as
select
    subject_id,
    concat_ws(chr(31), kind, account, model, version, deployment, hardware, selectors) as subject_key
from ledger.subject;
