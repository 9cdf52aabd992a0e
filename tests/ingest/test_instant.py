"""Instants: RFC 3339 with an offset, in years that can be meant."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.ingest.instant import NotAnInstant, read_instant

READ = {
    "z": ("2025-11-01T00:00:00Z", "2025-11-01T00:00:00+00:00"),
    "one_digit": ("2025-11-01T00:00:00.5Z", "2025-11-01T00:00:00.500000+00:00"),
    "nine_digits_are_cut": ("2025-11-01T00:00:00.123456999Z", "2025-11-01T00:00:00.123456+00:00"),
    "lower_case": ("2025-11-01t00:00:00z", "2025-11-01T00:00:00+00:00"),
    "space": ("2025-11-01 00:00:00+00", "2025-11-01T00:00:00+00:00"),
    "east": ("2025-11-01T02:00:00+02:00", "2025-11-01T00:00:00+00:00"),
    "west_over_new_year": ("2025-12-31T19:00:00-0500", "2026-01-01T00:00:00+00:00"),
    "first_year": ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00+00:00"),
    "last_year": ("2200-12-31T23:59:59Z", "2200-12-31T23:59:59+00:00"),
}


@pytest.mark.parametrize(("text", "instant"), READ.values(), ids=READ)
def test_instant_is_read_in_utc(text: str, instant: str) -> None:
    moment = read_instant(text)
    assert moment is not None
    assert moment.isoformat() == instant


REFUSED = {
    "naive": "2025-11-01T00:00:00",
    "date": "2025-11-01",
    "ten_digits": "2025-11-01T00:00:00.1234567890Z",
    "point_without_digits": "2025-11-01T00:00:00.Z",
    "february_30": "2025-02-30T00:00:00Z",
    "leap_second": "2025-06-30T23:59:60Z",
    "hour_24": "2025-06-30T24:00:00Z",
    "offset_of_days": "2025-06-30T00:00:00+99:00",
    "year_1999": "1999-12-31T23:59:59Z",
    "year_1999_by_offset": "2000-01-01T00:00:00+01:00",
    "year_2201": "2201-01-01T00:00:00Z",
    "year_1": "0001-01-01T00:00:00+14:00",
    "year_9999": "9999-12-31T23:59:59-14:00",
    "words": "yesterday",
    "blank": " ",
    "arabic_digits": "٢٠٢٥-11-01T00:00:00Z",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_instant_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(NotAnInstant):
        read_instant(text)


def test_instant_null_and_empty_are_none() -> None:
    assert read_instant(None) is None
    assert read_instant("") is None


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.datetimes(
        datetime(2000, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
        datetime(2200, 12, 30),  # noqa: DTZ001
        timezones=ZONES,
    )
)
def test_instant_written_by_python_is_read_back(moment: datetime) -> None:
    assert read_instant(moment.isoformat()) == moment
