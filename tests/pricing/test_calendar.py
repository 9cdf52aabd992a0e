"""Days and months tile time in any zone, and ranges mean what a person wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.calendar import (
    Period,
    PeriodError,
    day_of,
    day_period,
    month_of,
    month_period,
    parse_range,
    previous,
    same_days_of_previous_month,
)

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata")]
ODD_ZONES = [ZoneInfo(name) for name in ("Australia/Lord_Howe", "Africa/Cairo", "America/Havana")]
MONTHS = [f"{year}-{month:02}" for year in range(2021, 2027) for month in range(1, 13)]
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)

zones = st.sampled_from([*ZONES, *ODD_ZONES])
instants = st.datetimes(
    datetime(2021, 1, 1),  # noqa: DTZ001 - Hypothesis wants them naive and adds the zone
    datetime(2026, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def days_of(month: str) -> list[str]:
    first = date.fromisoformat(f"{month}-01")
    days = (first + timedelta(days=count) for count in range(31))
    return [day.isoformat() for day in days if day.month == first.month]


@pytest.mark.parametrize("zone", [*ZONES, *ODD_ZONES], ids=str)
def test_months_tile_six_years(zone: ZoneInfo) -> None:
    months = [month_period(month, zone) for month in MONTHS]

    assert all(one.end == two.start for one, two in pairwise(months))
    assert months[0].start == datetime(2021, 1, 1, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize("zone", [*ZONES, *ODD_ZONES], ids=str)
def test_days_tile_their_month(zone: ZoneInfo) -> None:
    for month in MONTHS:
        whole = month_period(month, zone)
        days = [day_period(day, zone) for day in days_of(month)]

        assert (days[0].start, days[-1].end) == (whole.start, whole.end)
        assert all(one.end == two.start for one, two in pairwise(days))


@given(instants, zones)
def test_each_instant_lies_in_its_day_and_month_alone(instant: datetime, zone: ZoneInfo) -> None:
    for period in (day_of(instant, zone), month_of(instant, zone)):
        assert period.contains(instant)
        assert not previous(period).contains(instant)
        assert previous(period).end == period.start


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)],
    ids=["clocks go forward", "clocks go back", "an ordinary day"],
)
def test_a_day_in_berlin_has_the_hours_that_the_clocks_give(day: str, hours: int) -> None:
    period = day_period(day, BERLIN)

    assert period.start is not None
    assert period.end == period.start + timedelta(hours=hours)


def test_a_month_in_kolkata_begins_on_the_half_hour() -> None:
    period = month_period("2026-10", ZoneInfo("Asia/Kolkata"))

    assert period.start == datetime(2026, 9, 30, 18, 30, tzinfo=UTC)


def test_period_holds_its_start_and_not_its_end() -> None:
    period = month_period("2026-10", UTC)

    assert period.start is not None
    assert period.end is not None
    assert period.contains(period.start)
    assert not period.contains(period.end)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ({"month": "2026-10"}, "2026-09-30T22:00:00", "2026-10-31T23:00:00"),
        ({"from_": "2026-10-01", "to": "2026-10-02"}, "2026-09-30T22:00:00", "2026-10-01T22:00:00"),
        ({"from_": "2026-10", "to": "2026-11"}, "2026-09-30T22:00:00", "2026-10-31T23:00:00"),
        (
            {"from_": "2026-10-01T12:00:00", "to": "2026-10-01T12:00:00Z"},
            "2026-10-01T10:00:00",
            "2026-10-01T12:00:00",
        ),
        ({"last": "36h"}, "2026-11-19T22:30:00", "2026-11-21T10:30:00"),
        ({"last": "4w"}, "2026-10-24T09:30:00", "2026-11-21T10:30:00"),
    ],
    ids=["month", "days", "months", "instants", "hours", "weeks across a change of clocks"],
)
def test_range_is_what_was_written(asked: dict[str, str], start: str, end: str) -> None:
    period = parse_range(**asked, zone=BERLIN, now=NOW)

    assert period is not None
    assert period.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert period.end == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_range_may_be_open_at_either_side() -> None:
    since = parse_range(from_="2026-10-01", zone=UTC, now=NOW)
    until = parse_range(to="2026-10-01", zone=UTC, now=NOW)

    assert since == Period(datetime(2026, 10, 1, tzinfo=UTC), None, UTC)
    assert until == Period(None, datetime(2026, 10, 1, tzinfo=UTC), UTC)


def test_nothing_asked_is_no_period() -> None:
    assert parse_range(zone=UTC, now=NOW) is None


@pytest.mark.parametrize(
    "asked",
    [
        {"month": "2026-13"},
        {"month": "2026-1"},
        {"month": "October"},
        {"month": "0000-01"},
        {"month": "9999-12"},
        {"last": "30"},
        {"last": "0d"},
        {"last": "-3d"},
        {"last": "99999w"},
        {"last": "٣d"},
        {"from_": "2026-02-30"},
        {"from_": "yesterday"},
        {"from_": "0001-01-01T00:00:00+14:00"},
        {"from_": "2026-10-02", "to": "2026-10-01"},
        {"from_": "2026-10-02", "to": "2026-10-02"},
        {"from_": "2026-10-02", "month": "2026-10"},
        {"last": "3d", "month": "2026-10"},
    ],
    ids=str,
)
def test_what_is_no_period_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(PeriodError):
        parse_range(**asked, zone=UTC, now=NOW)


def test_span_that_is_too_long_is_called_so() -> None:
    with pytest.raises(PeriodError, match="the span is too long"):
        parse_range(last="100000d", zone=UTC, now=NOW)


@given(zones, st.sampled_from(MONTHS))
def test_before_a_month_comes_the_month_before(zone: ZoneInfo, month: str) -> None:
    first = date.fromisoformat(f"{month}-01")
    earlier = (first - timedelta(days=1)).isoformat()[:7]

    assert previous(month_period(month, zone)) == month_period(earlier, zone)


def test_before_a_quarter_comes_the_quarter_before() -> None:
    quarter = parse_range(from_="2026-07", to="2026-10", zone=BERLIN, now=NOW)
    before = parse_range(from_="2026-04", to="2026-07", zone=BERLIN, now=NOW)

    assert quarter is not None
    assert previous(quarter) == before


def test_before_a_week_of_days_come_as_many_days_across_a_change_of_clocks() -> None:
    week = parse_range(from_="2026-10-26", to="2026-11-02", zone=BERLIN, now=NOW)
    before = parse_range(from_="2026-10-19", to="2026-10-26", zone=BERLIN, now=NOW)

    assert week is not None
    assert previous(week) == before


def test_before_any_other_stretch_comes_one_as_long() -> None:
    start = datetime(2026, 10, 5, 7, tzinfo=UTC)

    period = previous(Period(start, start + timedelta(hours=5)))

    assert period == Period(start - timedelta(hours=5), start)


def test_before_an_open_period_there_is_nothing() -> None:
    start = datetime(2026, 10, 5, tzinfo=UTC)

    assert previous(Period(start, None)) == Period(start, start)


@pytest.mark.parametrize(
    ("month", "until", "end"),
    [
        ("2026-10", "2026-10-16T12:00:00+02:00", "2026-09-16T12:00:00+02:00"),
        ("2026-10", "2026-10-31T12:00:00+01:00", "2026-10-01T00:00:00+02:00"),
        ("2026-10", "2027-05-01T00:00:00+02:00", "2026-10-01T00:00:00+02:00"),
        ("2026-02", "2026-03-01T00:00:00+01:00", "2026-01-29T00:00:00+01:00"),
        ("2026-11", "2026-10-31T00:00:00+01:00", "2026-10-01T00:00:00+02:00"),
        ("2026-11", "2026-11-26T00:00:00+01:00", "2026-10-26T00:00:00+01:00"),
    ],
    ids=[
        "the middle of a month",
        "a day that the month before lacks",
        "a month that is over",
        "a short month that is over",
        "a month that has not begun",
        "across a change of clocks",
    ],
)
def test_same_days_end_where_as_many_days_have_passed(month: str, until: str, end: str) -> None:
    period = month_period(month, BERLIN)

    same = same_days_of_previous_month(period, datetime.fromisoformat(until))

    assert same.start == previous(period).start
    assert same.end == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("from_", "to", "before"),
    [
        ("1990-01-01", "2026-10-01", "1970-01-01"),
        ("1990-01-02", "2026-10-01", "1970-01-01"),
        ("1990-01-01T05:00:00Z", "2026-10-01T01:00:00Z", "1970-01-01"),
        ("1970-03-01", "1970-04-01", "1970-02-01"),
        ("1970-02-01", "1970-04-01", "1970-01-01"),
        ("1970-01-01", "2026-10-01", "1970-01-01"),
        ("1971-01-01", "9998-12-31", "1970-01-01"),
    ],
    ids=["months", "days", "instants", "whole", "one month", "nothing", "for ever"],
)
def test_period_before_is_cut_where_nothing_had_been_spent(
    from_: str, to: str, before: str
) -> None:
    period = parse_range(from_=from_, to=to, zone=UTC, now=NOW)
    assert period is not None

    found = previous(period)

    assert found == Period(day_period(before, UTC).start, period.start, UTC)
    assert same_days_of_previous_month(period, NOW).start == found.start
