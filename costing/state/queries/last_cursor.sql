-- When the cursor below a name that was set last was set; null where there is none.
select max(updated_at) as updated_at
from cursor
where substr(name, 1, length($prefix)) = $prefix
