-- The later hold counts, unless it was set by a clock that ran ahead by days.
insert into channel_hold (channel, until)
values ($channel, $until)
on conflict (channel) do update set
    until = case
        when until - excluded.until > $longest then excluded.until else max(until, excluded.until)
    end
