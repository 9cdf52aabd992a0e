-- Channels for which somebody could send something now, or as soon as their hold is over. Nothing is ever put off
-- beyond $latest: what seems to be was by a clock that ran ahead, and is due.
select distinct channel
from delivery
where state in ('pending', 'leased') and due_at not between $now + 1 and $latest
order by channel
