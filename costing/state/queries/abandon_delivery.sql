update delivery
set state = 'dead', finished_at = $now, lease = null, reason = $reason
where number = $number and state in ('pending', 'leased')
