-- The leases that have not run out: what they hold, somebody is sending now, or ended while sending.
select lease, count(*) as message_count
from delivery
where state = 'leased' and due_at > $now
group by lease
order by lease
