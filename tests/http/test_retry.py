"""When a request is tried again: never before Replicate asks, and never without an end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.http.retry import Patience, asked_wait_seconds

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)

draws = st.floats(0, 1, exclude_max=True)
asked = st.none() | st.floats(0, 1e6)
patiences = st.builds(
    Patience,
    attempts=st.integers(1, 50),
    first_seconds=st.floats(0.01, 10),
    longest_seconds=st.floats(10, 100),
    total_seconds=st.floats(0, 1e4),
)


@given(patiences, st.integers(1, 2000), asked, draws)
def test_wait_is_never_shorter_than_asked(
    patience: Patience, attempt: int, seconds: float | None, draw: float
) -> None:
    wait = patience.wait_seconds(attempt, asked_seconds=seconds, waited_seconds=0, draw=draw)

    assert wait is None or wait >= (seconds or 0)


@given(patiences, st.integers(1, 2000), draws)
def test_wait_of_our_own_is_bounded(patience: Patience, attempt: int, draw: float) -> None:
    wait = patience.wait_seconds(attempt, asked_seconds=None, waited_seconds=0, draw=draw)

    assert wait is None or 0 <= wait <= patience.longest_seconds


@given(patiences, st.lists(st.tuples(asked, draws), min_size=50, max_size=50))
def test_tries_end_within_attempts_and_time(
    patience: Patience, failures: list[tuple[float | None, float]]
) -> None:
    waited, tries = 0.0, 0
    for attempt, (seconds, draw) in enumerate(failures, start=1):
        tries = attempt
        wait = patience.wait_seconds(
            attempt, asked_seconds=seconds, waited_seconds=waited, draw=draw
        )
        if wait is None:
            break
        waited += wait

    assert tries <= patience.attempts
    assert waited <= patience.total_seconds


def test_waits_double_up_to_the_longest() -> None:
    patience = Patience(attempts=9)

    waits = [
        patience.wait_seconds(attempt, asked_seconds=None, waited_seconds=0, draw=1.0)
        for attempt in range(1, 10)
    ]

    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, None]


def test_asking_for_too_long_a_wait_ends_the_tries_at_once() -> None:
    assert Patience().wait_seconds(1, asked_seconds=3600, waited_seconds=0, draw=0.0) is None


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        pytest.param(429, {"retry-after": "7"}, 7, id="seconds"),
        pytest.param(503, {"retry-after": "7"}, 7, id="seconds with 503"),
        pytest.param(503, {"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30, id="date"),
        pytest.param(503, {"retry-after": "Sat, 21 Nov 2026 13:00:30 +0100"}, 30, id="zone"),
        pytest.param(503, {"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0, id="past date"),
        pytest.param(429, {"ratelimit-reset": "30"}, 30, id="reset"),
        pytest.param(429, {"retry-after": "5", "ratelimit-reset": "30"}, 5, id="both"),
        pytest.param(429, {"retry-after": "soon", "ratelimit-reset": "30"}, 30, id="no date"),
        pytest.param(500, {"ratelimit-reset": "30"}, None, id="reset without 429"),
        pytest.param(429, {"ratelimit-reset": "-1"}, None, id="negative"),
        pytest.param(429, {"retry-after": "nan"}, None, id="no number"),
        pytest.param(429, {"retry-after": "Sat, 99 Nov 2026 12:00:30 GMT"}, None, id="no day"),
        pytest.param(429, {}, None, id="nothing"),
    ],
)
def test_answer_asks_for_a_wait(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_wait_seconds(status, headers, NOW) == seconds
