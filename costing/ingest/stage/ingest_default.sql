-- What the person who ingests says of every row of the source that does not say it itself.
create or replace temp table ingest_default as
select cast($given_tags as map(varchar, varchar)) as given_tags;
