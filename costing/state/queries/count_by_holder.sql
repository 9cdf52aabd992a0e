-- What is neither delivered nor given up, by who holds it: a lease that has not run out, whose holder is sending it
-- now or ended while sending; '' is nobody.
select
    case when state = 'leased' and due_at > $now then lease else '' end as holder,
    count(*) as message_count
from delivery
where state in ('pending', 'leased')
group by holder
order by holder
