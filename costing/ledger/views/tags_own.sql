-- The tags of a record, where no tags.toml adds any.
create or replace temp macro tags_of(of_subject, own_tags) as own_tags;
