-- Numbers have no gaps, so that nothing has to be counted: three look-ups, however many rows.
select
    coalesce((select max(number) from inbox) - (select min(number) from inbox) + 1, 0) as row_count,
    (select received_at from inbox order by number limit 1) as oldest_at
