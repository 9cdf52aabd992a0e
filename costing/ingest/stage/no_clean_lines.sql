-- A source that the fast lane does not read has no clean lines.
create or replace temp table clean_line (
    id varchar, subject_key varchar, status varchar, source varchar,
    created_at timestamp, started_at timestamp, completed_at timestamp,
    predict_seconds decimal(18, 9), total_seconds decimal(18, 9), quantities map(varchar, decimal(18, 9)),
    is_hardware_given boolean, has_error boolean, data_removed boolean, is_clean boolean
);
