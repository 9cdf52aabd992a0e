-- What the person who ingests says of every row of the source that does not say it itself, and whether it is said now
-- or was said when the source was first taken in.
create or replace temp table ingest_default as
select
    cast($given_tags as map(varchar, varchar)) as given_tags,
    cast($is_given_anew as boolean) as is_given_anew;
