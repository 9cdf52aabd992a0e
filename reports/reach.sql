-- Between which instants the ledger's records were charged: told where a period holds none of them.
select min(charged_at) as first_at, max(charged_at) as last_at
from record
