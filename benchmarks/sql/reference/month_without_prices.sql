-- What a month's report groups, without any price: the floor under which no report can come.
select
    s.model,
    p.status,
    count(*) as predictions,
    sum(p.predict_seconds) as predict_seconds,
    min(p.charged_at) as first_at,
    max(p.charged_at) as last_at
from prediction as p
inner join subject as s on s.subject_id = p.subject_id
where p.charged_at >= $month_start and p.charged_at < $month_end
group by s.model, p.status
order by s.model, p.status;
