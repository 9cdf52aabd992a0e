"""What a service tells of its own state, where the clock and the work run side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from costing.service.routes.health import _seconds_since

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_what_ends_while_the_measures_are_taken_is_no_age_below_zero() -> None:
    assert _seconds_since(NOW + timedelta(milliseconds=1), NOW) == 0
    assert _seconds_since(NOW - timedelta(seconds=90), NOW) == 90
