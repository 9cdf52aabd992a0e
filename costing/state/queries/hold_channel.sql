insert into channel_hold (channel, until)
values ($channel, $until)
on conflict (channel) do update set until = max(until, excluded.until)
