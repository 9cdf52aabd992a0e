-- What arrived has arrived, whoever holds the lease by now.
update delivery
set state = 'delivered', finished_at = $now, lease = null, reason = $reason
where number = $number and state in ('pending', 'leased')
