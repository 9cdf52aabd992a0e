delete from inbox
where number <= $last
