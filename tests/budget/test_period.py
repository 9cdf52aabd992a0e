"""Periods in zones: they tile time, and a zone's offset delays nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.budget.budget import PeriodKind
from costing.budget.period import current_period, live_periods, previous_period
from pricing.calendar import month_of
from tests.budget.sample import day, make_budget

ZONES = ("UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Berlin")
INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2060, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)
REPEATING = [kind for kind in PeriodKind if kind is not PeriodKind.CUSTOM]


@given(INSTANTS, st.sampled_from(REPEATING), st.sampled_from(ZONES))
def test_periods_tile_time(now: datetime, kind: PeriodKind, zone: str) -> None:
    budget = make_budget(kind=kind, zone=ZoneInfo(zone))
    period = current_period(budget, now)
    before = previous_period(budget, period)
    assert period.start <= now < period.end
    assert before is not None
    assert before.end == period.start
    assert current_period(budget, period.end).start == period.end


@given(INSTANTS, st.sampled_from(ZONES))
def test_month_is_that_of_reports(now: datetime, zone: str) -> None:
    period = current_period(make_budget(zone=ZoneInfo(zone)), now)
    assert period.as_period == month_of(now, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("UTC", "2026-11-01T00:00:00+00:00"),
        ("America/Sao_Paulo", "2026-11-01T03:00:00+00:00"),
        ("Asia/Kolkata", "2026-10-31T18:30:00+00:00"),
        ("Europe/Berlin", "2026-10-31T23:00:00+00:00"),
    ],
)
def test_month_turns_at_local_midnight_and_not_a_moment_later(zone: str, end: str) -> None:
    budget = make_budget(zone=ZoneInfo(zone))
    turn = datetime.fromisoformat(end)
    assert current_period(budget, turn - timedelta(microseconds=1)).key == "2026-10-01"
    assert current_period(budget, turn).key == "2026-11-01"


@pytest.mark.parametrize(
    ("date", "hours"),
    [
        pytest.param("2026-03-29", 23, id="clocks go forward"),
        pytest.param("2026-10-25", 25, id="clocks go back"),
    ],
)
def test_day_in_berlin_is_as_long_as_its_clocks_say(date: str, hours: int) -> None:
    budget = make_budget(kind=PeriodKind.DAY, zone=ZoneInfo("Europe/Berlin"))
    noon = datetime.fromisoformat(f"{date}T10:00:00+00:00")
    period = current_period(budget, noon)
    assert (period.end - period.start) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (PeriodKind.DAY, "2026-11-20"),
        (PeriodKind.WEEK, "2026-11-16"),
        (PeriodKind.MONTH, "2026-11-01"),
        (PeriodKind.QUARTER, "2026-10-01"),
        (PeriodKind.YEAR, "2026-01-01"),
    ],
)
def test_key_is_the_first_local_day(kind: PeriodKind, key: str) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert current_period(make_budget(kind=kind), now).key == key


@pytest.mark.parametrize(
    ("now", "keys"),
    [
        ("2026-11-03T23:59:59+00:00", ["2026-10-01", "2026-11-01"]),
        ("2026-11-04T00:00:00+00:00", ["2026-11-01"]),
    ],
)
def test_period_before_lives_until_its_grace_is_over(now: str, keys: list[str]) -> None:
    lived = live_periods(make_budget(), datetime.fromisoformat(now))
    assert [period.key for period in lived] == keys


def test_custom_period_lives_from_its_first_day_through_its_grace() -> None:
    budget = make_budget(
        kind=PeriodKind.CUSTOM, first_day=day("2026-11-10"), end_day=day("2026-11-20")
    )
    lived = [
        bool(live_periods(budget, datetime(2026, 11, number, tzinfo=UTC)))
        for number in (9, 10, 20, 22, 23)
    ]
    assert lived == [False, True, True, True, False]
