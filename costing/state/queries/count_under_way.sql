select count(*) as under_way_count
from delivery
where state in ('pending', 'leased')
