-- What a month's report groups, without any price: by model and state of the run, the month and the one before,
-- which the report compares it with.
select
    s.model,
    p.status,
    p.charged_at >= $month_start as is_month,
    count(*) as predictions,
    sum(p.predict_seconds) as predict_seconds
from prediction as p
inner join subject as s on s.subject_id = p.subject_id
where p.charged_at >= $before_start and p.charged_at < $month_end
group by all
order by all;
