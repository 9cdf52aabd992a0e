select name, value, updated_at
from cursor
where name = $name
