"""Laws of a forecast: what is spent stays, what is left is judged by the days before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pricing.calendar import Period, day_of, first_instant, month_period
from reports.errors import DimensionNotHere, OpenPeriod
from reports.forecast import (
    Forecast,
    Method,
    forecast_period,
    forecast_periods,
    make_question,
)
from reports.history import DaySpend, fill_days, known_until
from tests.reports.asking import LAWFUL, ZONES, ask, october, refill, rows
from tests.reports.small_ledger import MYSTERY, OFFICIAL, T4, Row, new_ledger

FIRST = date(2026, 8, 1)
OCTOBER = month_period("2026-10", UTC)
CENT = Decimal("0.01")
AMOUNTS = st.decimals("0", "5000", places=4, allow_nan=False)
"""What a day may cost, from nothing to a lot."""
SERIES = st.lists(AMOUNTS, min_size=1, max_size=92)
DAYS = timedelta(days=1)
UNTIMED = settings(deadline=None)
"""A forecast alone takes 30 ms, on a machine that has nothing else to do."""
FIRST_OF_OCTOBER = datetime(2026, 10, 1)  # noqa: DTZ001 - naive UTC, as the ledger has it


def series(amounts: Sequence[Decimal | int], first: date = FIRST) -> list[DaySpend]:
    return [DaySpend(first + n * DAYS, Decimal(amount)) for n, amount in enumerate(amounts)]


def until(day: date) -> list[Decimal]:
    """A hundred dollars for every day from the first until one."""
    return [Decimal(100)] * (day - FIRST).days


def evening(days: Sequence[DaySpend], zone: ZoneInfo | None = None) -> datetime:
    """When the last of the days is over."""
    return first_instant(days[-1].day + DAYS, zone or UTC)


def ahead(days: Sequence[DaySpend], limit: Decimal | None = None) -> Forecast:
    """The forecast of October in the evening of the last day."""
    return forecast_period(days, OCTOBER, evening(days), limit)


@given(amounts=SERIES, limit=st.none() | AMOUNTS)
@UNTIMED
def test_forecast_lies_in_its_interval_and_is_no_less_than_spent(
    amounts: list[Decimal], limit: Decimal | None
) -> None:
    found = ahead(series(amounts), limit)

    assert found.spent <= found.total
    assert (found.low is None) == (found.high is None)
    if found.low is not None and found.high is not None:
        assert found.spent <= found.low <= found.total <= found.high


@given(amounts=SERIES, factor=st.integers(2, 1000))
@UNTIMED
def test_forecast_of_a_scaled_series_is_scaled(amounts: list[Decimal], factor: int) -> None:
    once = ahead(series(amounts))

    scaled = ahead(series([amount * factor for amount in amounts]))

    assert scaled.spent == once.spent * factor
    assert abs(scaled.total - once.total * factor) <= CENT * factor
    assert (scaled.method, scaled.history_days) == (once.method, once.history_days)
    assert scaled.coverage == once.coverage


@given(amount=AMOUNTS, count=st.integers(1, 91))
@UNTIMED
def test_constant_series_forecasts_itself(amount: Decimal, count: int) -> None:
    found = ahead(series([amount] * count))

    lived = max(count - 61, 0)
    assert found.spent == amount * lived
    assert abs(found.total - amount * 31) <= CENT
    if found.low is not None and found.high is not None:
        assert found.high - found.low <= CENT


@given(count=st.integers(20, 84), weekday=st.integers(0, 6))
@UNTIMED
def test_weekly_pattern_that_repeats_is_found(count: int, weekday: int) -> None:
    days = series([100 if (n + weekday) % 7 < 5 else 60 for n in range(count)])

    found = forecast_period(days, Period(OCTOBER.start, OCTOBER.end), evening(days))

    actual = sum(100 if (n + weekday) % 7 < 5 else 60 for n in range(61, 92))
    assert abs(found.total / actual - 1) < Decimal("0.05")


@pytest.mark.parametrize(
    "week",
    [
        pytest.param([0, 0, 0, 0, 0, 0, 700], id="a job on Sundays"),
        pytest.param([1, 1, 1, 1, 1, 1, 694], id="hardly anything but on Sundays"),
        pytest.param([350, 0, 0, 350, 0, 0, 0], id="two days of seven"),
    ],
)
def test_week_of_mostly_nothing_keeps_its_sum(week: list[int]) -> None:
    days = series(week * 10)
    start = evening(days)

    found = forecast_period(days, Period(start, start + 28 * DAYS), start)

    assert abs(found.total - 2800) < 100


@given(amounts=SERIES, more=AMOUNTS)
@UNTIMED
def test_spending_more_today_adds_just_that(amounts: list[Decimal], more: Decimal) -> None:
    days = series(amounts)
    running = days[-1].day
    now = first_instant(running, UTC) + timedelta(hours=9)

    before = forecast_period(days, OCTOBER, now)
    after = forecast_period([*days[:-1], DaySpend(running, amounts[-1] + more)], OCTOBER, now)

    is_inside = date(2026, 10, 1) <= running
    assert after.total - before.total == (more if is_inside else 0)
    assert after.total >= after.spent


@given(amounts=SERIES)
@UNTIMED
def test_period_that_is_over_cost_what_was_spent(amounts: list[Decimal]) -> None:
    days = series(amounts)
    assert OCTOBER.end is not None

    found = forecast_period(days, OCTOBER, OCTOBER.end, Decimal(1000))

    inside = sum((one.amount_usd for one in days if one.day.month == 10), Decimal(0))
    assert found.spent == found.total == found.low == found.high == inside
    assert found.probability_above == float(inside >= 1000)
    assert found.method is Method.SPENT


@given(amounts=SERIES, limits=st.lists(AMOUNTS, min_size=2, max_size=5))
@UNTIMED
def test_higher_limit_is_no_more_likely_reached(
    amounts: list[Decimal], limits: list[Decimal]
) -> None:
    chances = [ahead(series(amounts), limit).probability_above for limit in sorted(limits)]

    known = [chance for chance in chances if chance is not None]
    assert known == sorted(known, reverse=True)
    assert all(0 <= chance <= 1 for chance in known)


def test_limit_at_the_forecast_is_a_matter_of_even_chances_and_at_the_interval_of_one_in_ten() -> (
    None
):
    days = series([100 + (n * 7919) % 41 for n in range(75)])
    found = ahead(days)
    assert found.high is not None
    assert found.low is not None

    chances = [
        ahead(days, limit).probability_above for limit in (found.low, found.total, found.high)
    ]

    assert chances == [
        pytest.approx(0.9, abs=0.05),
        pytest.approx(0.5, abs=0.01),
        pytest.approx(0.1, abs=0.05),
    ]


def test_limit_that_is_reached_is_certain() -> None:
    found = ahead(series(until(date(2026, 10, 5))), Decimal(400))

    assert found.spent == 400
    assert found.probability_above == 1


@given(count=st.integers(28, 59), times=st.integers(5, 1000))
@UNTIMED
def test_one_large_day_at_the_start_of_a_month_does_not_make_the_forecast_absurd(
    count: int, times: int
) -> None:
    usual = series([100 + (n * 7919) % 11 for n in range(count)], date(2026, 10, 2) - count * DAYS)
    large = [*usual[:-1], DaySpend(date(2026, 10, 1), usual[-1].amount_usd * times)]

    calm, after = ahead(usual), ahead(large)

    assert calm.total < 3500
    assert after.total - after.spent < Decimal("1.2") * (calm.total - calm.spent)


def test_day_that_is_not_known_is_expected_and_is_not_zero() -> None:
    days = series(until(date(2026, 10, 21)))
    gap = {date(2026, 9, 9), date(2026, 10, 5), date(2026, 10, 20)}

    found = ahead([one for one in days if one.day not in gap])

    assert found.spent == 1800
    assert found.total == 3100
    assert found.history_days == 81 - len(gap)


def test_what_stopped_arriving_is_expected() -> None:
    days = series(until(date(2026, 10, 10)))

    found = forecast_period(days, OCTOBER, first_instant(date(2026, 10, 20), UTC))

    assert found.spent == 900
    assert found.total == 3100


@pytest.mark.parametrize(
    ("count", "method", "has_interval", "may_alert"),
    [
        pytest.param(0, Method.NOTHING, False, False, id="none"),
        pytest.param(1, Method.MEAN, False, False, id="one day"),
        pytest.param(13, Method.MEAN, False, False, id="a day short of two weeks"),
        pytest.param(14, Method.WEEKDAYS, False, False, id="two weeks"),
        pytest.param(27, Method.WEEKDAYS, True, False, id="a day short of four weeks"),
        pytest.param(28, Method.WEEKDAYS, True, True, id="four weeks"),
    ],
)
def test_history_decides_what_a_forecast_says(
    count: int, method: Method, *, has_interval: bool, may_alert: bool
) -> None:
    days = series([100] * (count + 1), date(2026, 10, 10) - count * DAYS)

    found = forecast_period(days, OCTOBER, datetime(2026, 10, 10, 6, tzinfo=UTC), Decimal(9999))

    assert found.method is method
    assert found.history_days == count
    assert (found.low is not None) == has_interval
    assert (found.probability_above is not None) == has_interval
    assert found.may_alert == may_alert


@pytest.mark.parametrize("zone", ZONES)
def test_day_is_expected_by_its_share_of_the_clock(zone: str) -> None:
    days = series([*until(date(2026, 10, 25)), 30])
    period = day_of(datetime(2026, 10, 25, 12, tzinfo=UTC), ZoneInfo(zone))
    assert period.start is not None
    assert period.end is not None

    found = forecast_period(days, period, period.start + (period.end - period.start) / 4)

    assert found.spent == 30
    assert found.total == 105


@given(zone=st.sampled_from(ZONES), first=st.dates(date(2026, 1, 1), date(2026, 12, 1)))
@UNTIMED
def test_days_tile_any_period_of_any_zone(zone: str, first: date) -> None:
    where = ZoneInfo(zone)
    days = series([100] * 40, first - 40 * DAYS)
    start, end = first_instant(first, where), first_instant(first + 30 * DAYS, where)

    found = forecast_period(days, Period(start, end, where), start)

    assert found.total == 3000


@given(amounts=SERIES, cut=st.integers(1, 30))
@UNTIMED
def test_period_split_in_two_is_forecast_as_its_parts(amounts: list[Decimal], cut: int) -> None:
    days = series(amounts, date(2026, 10, 1) - len(amounts) * DAYS)
    middle = first_instant(date(2026, 10, 1) + cut * DAYS, UTC)
    parts = [Period(OCTOBER.start, middle), Period(middle, OCTOBER.end)]

    totals = [forecast_period(days, part, evening(days)).total for part in parts]

    assert abs(sum(totals) - ahead(days).total) <= CENT


def test_days_after_now_are_not_looked_at() -> None:
    days = series([*until(date(2026, 10, 11)), 7000, 7000])

    found = forecast_period(days, OCTOBER, first_instant(date(2026, 10, 11), UTC))

    assert found.spent == 1000
    assert found.total == 3100


@pytest.mark.parametrize("period", [Period(OCTOBER.start, None), Period(None, OCTOBER.end)])
def test_open_period_has_no_forecast(period: Period) -> None:
    with pytest.raises(ValueError, match="a start and an end"):
        forecast_period([], period, datetime(2026, 10, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        pytest.param(0, None, id="a record today"),
        pytest.param(1, None, id="none yet today"),
        pytest.param(3, None, id="as silent as once before"),
        pytest.param(4, 4, id="more silent than ever"),
    ],
)
def test_silence_longer_than_ever_is_not_taken_for_nothing_spent(
    gap: int, expected: int | None
) -> None:
    now = datetime(2026, 10, 20, 6, tzinfo=UTC)
    last = now.date() - gap * DAYS
    dates = [last - 9 * DAYS, last - 6 * DAYS, last - 4 * DAYS, last - DAYS, last]

    known = known_until(dates, now)

    assert known == (now if expected is None else first_instant(last + DAYS, UTC))


def test_known_day_without_a_record_spent_nothing_and_an_unrated_one_is_missing() -> None:
    amounts = {date(2026, 10, 1): Decimal(5), date(2026, 10, 3): None}

    days = fill_days(amounts, datetime(2026, 10, 5, 1, tzinfo=UTC), UTC)

    assert {one.day.day: int(one.amount_usd) for one in days} == {1: 5, 2: 0, 4: 0, 5: 0}


@LAWFUL
@given(filled=rows(), zone=st.sampled_from(ZONES))
@example(filled=[Row(id="p", subject=1, at=FIRST_OF_OCTOBER, status="processing")], zone="UTC")
@example(filled=[], zone="UTC")
def test_report_has_spent_what_the_month_says(filled: list[Row], zone: str) -> None:
    at = datetime(2026, 10, 20, 7, tzinfo=UTC)
    with new_ledger() as ledger:
        refill(ledger, filled)
        month = ask(ledger, "monthly", october(zone))

        found = ask(ledger, "forecast", october(zone), by=("model",), until=at)

    assert month.total is not None
    assert found.total is not None
    names = [column.name for column in found.columns]
    spent = found.total[names.index("spent_usd")]
    amount = month.total[[column.name for column in month.columns].index("amount_usd")]
    # The month knows no amount where all of it is pending; a forecast starts there from zero.
    assert (spent or Decimal(0)) == (amount or Decimal(0))
    assert spent is not None or found.total[names.index("unrated")]


def test_total_of_the_report_is_the_forecast_of_all_and_not_the_sum() -> None:
    start = datetime(2026, 9, 20, 5)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
    images = {"image_output_count": Decimal(300)}
    filled = [
        Row(id=f"{name}{n}", subject=subject, at=start + n * DAYS, quantities=images)
        for name, subject, skip in (("a", T4, 1), ("b", OFFICIAL, 3))
        for n in range(0, 25, skip)
    ]
    at = datetime(2026, 10, 15, tzinfo=UTC)
    with new_ledger(filled) as ledger:
        whole = ask(ledger, "forecast", october("UTC"), until=at)
        lines = ask(ledger, "forecast", october("UTC"), by=("model",), until=at)

    assert lines.total is not None
    assert lines.total[1:] == whole.rows[0] == whole.total
    assert len(lines.rows) == 2


def test_report_of_what_nobody_could_rate_says_unknown() -> None:
    at = datetime(2026, 10, 3)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
    with new_ledger([Row(id="m", subject=MYSTERY, at=at)]) as ledger:
        table = ask(ledger, "forecast", october("UTC"), until=at.replace(tzinfo=UTC) + DAYS)

    assert table.values("forecast_usd") == [None]
    assert table.values("unrated") == [1]


@pytest.mark.parametrize(
    ("subjects", "confidence", "is_known"),
    [
        pytest.param([T4], "certain", True, id="all has an amount"),
        pytest.param([T4, MYSTERY], "at least", True, id="some is left out"),
        pytest.param([MYSTERY], None, False, id="all is left out"),
    ],
)
@pytest.mark.parametrize("history", [[], [T4]], ids=["no history", "history with amounts"])
def test_period_that_is_over_is_certain_only_where_all_has_an_amount(
    subjects: list[int], confidence: str | None, history: list[int], *, is_known: bool
) -> None:
    at = datetime(2026, 10, 3)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
    filled = [Row(id=f"now{subject}", subject=subject, at=at) for subject in subjects]
    filled += [Row(id="then", subject=subject, at=at - 20 * DAYS) for subject in history]
    with new_ledger(filled) as ledger:
        table = ask(ledger, "forecast", october("UTC"), until=datetime(2026, 12, 1, tzinfo=UTC))

    assert table.values("confidence") == [confidence]
    assert [value is not None for value in table.values("forecast_usd")] == [is_known]
    assert [value is not None for value in table.values("high_usd")] == [confidence == "certain"]


def test_report_refuses_a_period_without_end_and_lines_by_day() -> None:
    with new_ledger() as ledger:
        with pytest.raises(OpenPeriod):
            ask(ledger, "forecast", Period(OCTOBER.start, None))
        with pytest.raises(DimensionNotHere):
            ask(ledger, "forecast", OCTOBER, by=("day",))


def sparse(amounts: Sequence[int], days_left: int) -> Forecast:
    """A period from the first of these days to so many after the last, as known in its evening."""
    first = date(2026, 1, 1)
    days = series(amounts, first)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    now = start + timedelta(len(amounts))
    return forecast_period(days, Period(start, now + timedelta(days_left), UTC), now)


@pytest.mark.parametrize(
    ("amounts", "most"),
    [
        pytest.param([0] * 57 + [50] * 3, 4_000, id="burst in the last days"),
        pytest.param([1] * 53 + [100] * 7, 20_000, id="a new level in the last week"),
        pytest.param([1000] + [0] * 59, 14_000, id="one day long ago"),
    ],
)
def test_far_days_are_expected_by_the_mean_of_all(amounts: list[int], most: int) -> None:
    found = sparse(amounts, 730)
    even = sum(amounts) + sum(amounts) / len(amounts) * 730
    assert found.total <= most
    assert 0.5 * even < float(found.total) < 2.5 * even


def test_far_days_change_nothing_where_spend_is_even() -> None:
    assert sparse([10] * 60, 730).total == 10 * 790


def test_interval_that_says_nothing_is_not_shown_and_wakes_nobody() -> None:
    found = sparse([1] * 53 + [100] * 7, 365)
    assert (found.low, found.high, found.probability_above) == (None, None, None)
    assert not found.may_alert


@given(
    several=st.lists(
        st.tuples(st.lists(st.integers(0, 500), min_size=1, max_size=60), st.integers(1, 90)),
        min_size=1,
        max_size=8,
    )
)
@UNTIMED
def test_forecasts_made_together_are_those_made_alone(
    several: list[tuple[list[int], int]],
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    questions = [
        make_question(
            series(days, date(2026, 1, 1)),
            Period(start, start + timedelta(len(days) + left), UTC),
            start + timedelta(len(days)),
        )
        for days, left in several
    ]
    together = forecast_periods(questions)
    alone = [forecast_periods([one])[0] for one in questions]
    assert [one.total for one in together] == [one.total for one in alone]
    assert together == [sparse(days, left) for days, left in several]


def test_day_that_a_zone_skipped_is_no_part_of_a_period() -> None:
    zone = ZoneInfo("Pacific/Apia")  # There was no 30 December 2011.
    days = series([5] * 20, date(2011, 12, 1))
    start, end = (first_instant(day, zone) for day in (date(2011, 12, 1), date(2012, 1, 1)))
    found = forecast_period(days, Period(start, end, zone), first_instant(date(2011, 12, 21), zone))
    assert found.total == 5 * 30
