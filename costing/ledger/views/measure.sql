-- How a record's times are read, once for every view. pricing/usage.py says the same in Python.

-- Exact seconds from one instant to another; null where one is missing, the order is reversed, or
-- the time is 10^9 seconds or more, which is no run (and does not fit DECIMAL(18,9)).
create or replace temp macro seconds_between(from_instant, to_instant) as
    case
        when to_instant >= from_instant then
            try_cast(
                date_diff('microsecond', from_instant, to_instant) * 0.000001 as decimal(18, 9)
            )
    end;

-- What a quantity rests on, as numbers with names: millions of rows are grouped by it.
create or replace temp type basis as enum (
    'predict_time', 'times', 'never_ran', 'metric', 'input', 'run', 'missing', 'always_on'
);

-- Where the run time of a record comes from: its own predict_time, unless that is negative; else its
-- times; else, if it was stopped and shows neither a start nor a run, it never ran. Null: unknown.
create or replace temp macro active_basis(predict_seconds, started_at, completed_at, status) as
    case
        when predict_seconds >= 0 then cast('predict_time' as basis)
        when seconds_between(started_at, completed_at) is not null then cast('times' as basis)
        when
            predict_seconds is null
            and started_at is null
            and status in ('canceled', 'aborted', 'failed')
            then cast('never_ran' as basis)
    end;

-- How long a record ran, on that basis.
create or replace temp macro active_seconds(predict_seconds, started_at, completed_at, status) as
    case
        when predict_seconds >= 0 then predict_seconds
        when completed_at >= started_at then seconds_between(started_at, completed_at)
        when active_basis(predict_seconds, started_at, completed_at, status) = 'never_ran'
            then cast(0 as decimal(18, 9))
    end;

-- The value of a billing metric or an asked input; null where the record lacks it or it is negative.
create or replace temp macro reading(quantities, key) as
    case when quantities[key] >= 0 then quantities[key] end;

-- What the input asked for, in billed units; of a canceled record only what was measured counts.
create or replace temp macro asked_quantity(quantities, input_field, input_factor, status) as
    case
        when input_field is not null and status <> 'canceled'
            then try_cast(reading(quantities, input_field) * input_factor as decimal(18, 9))
    end;

-- Whether the record shows any of the quantities that the components of its price count.
create or replace temp macro has_reading(quantities, keys) as
    len(list_filter(keys, lambda key: quantities[key] >= 0)) > 0;
