"""Slots: pieces of calendar that SQL finds by one integer."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.calendar import first_instant
from reports.bucket import make_slots

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe"]


def test_day_that_sets_its_clocks_back_has_25_hours() -> None:
    slots = make_slots([date(2026, 10, 25)], BERLIN, has_hours=True)

    hours = [piece.hour for piece in slots.pieces if piece.day == date(2026, 10, 25)]

    assert len(hours) == 25
    assert hours[2:4] == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]


def test_hour_that_is_cut_short_is_a_piece_of_its_own() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    slots = make_slots([date(2026, 4, 4)], zone, has_hours=True)

    hours = [piece.hour for piece in slots.pieces if piece.day == date(2026, 4, 5)]

    assert "2026-04-05T01:00+11:00" in hours
    assert "2026-04-05T01:00+10:30" in hours


@pytest.mark.parametrize(
    ("zone", "days", "step"),
    [
        pytest.param("UTC", [date(2026, 10, 1)], timedelta(days=1), id="no clock changes"),
        pytest.param("Europe/Berlin", [date(2026, 10, 25)], timedelta(hours=1), id="an hour"),
        pytest.param("Asia/Kolkata", [date(2026, 10, 1)], timedelta(days=1), id="half-hour offset"),
        pytest.param(
            "Australia/Lord_Howe", [date(2026, 4, 4)], timedelta(minutes=30), id="half an hour"
        ),
    ],
)
def test_slot_is_as_long_as_the_calendar_allows(
    zone: str, days: list[date], step: timedelta
) -> None:
    slots = make_slots(days, ZoneInfo(zone), has_hours=False)

    assert slots.step_microseconds == step // timedelta(microseconds=1)


def test_no_dates_need_no_calendar() -> None:
    assert make_slots([], UTC, has_hours=True).pieces == ()


def test_dates_beyond_the_calendar_are_left_out() -> None:
    assert make_slots([date.min, date.max], BERLIN, has_hours=False).pieces == ()


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    zone=st.sampled_from(ZONES),
    has_hours=st.booleans(),
)
def test_pieces_tile_the_days(first: date, zone: str, has_hours: bool) -> None:
    slots = make_slots([first, first + timedelta(days=1)], ZoneInfo(zone), has_hours=has_hours)

    assert all(one.ends_at == other.starts_at for one, other in pairwise(slots.pieces))
    assert slots.number(slots.pieces[0].starts_at) == 0
    assert slots.pieces[0].starts_at == first_instant(slots.pieces[0].day, ZoneInfo(zone))
