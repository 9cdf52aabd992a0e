"""The bucket of permissions: never faster than the limit, never slower than it has to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.replicate.pacing import LONGEST_PAUSE_SECONDS, Pacing
from tests.replicate.waiting import Waiting

gaps = st.lists(st.floats(0, 5), max_size=300)


@given(gaps, st.integers(1, 200))
def test_requests_stay_within_the_limit_and_its_burst(gaps: list[float], per_minute: int) -> None:
    waiting = Waiting()
    pacing = Pacing(per_minute, clock=waiting.clock)

    for number, gap in enumerate(gaps, start=1):
        waiting.wait(gap)
        waiting.wait(pacing.reserve())

        assert number <= per_minute + waiting.seconds * per_minute / 60 + 1e-6


@given(st.integers(1, 400), st.integers(1, 200))
def test_requests_in_a_row_take_as_long_as_the_limit_says(count: int, per_minute: int) -> None:
    waiting = Waiting()
    pacing = Pacing(per_minute, clock=waiting.clock)

    for _ in range(count):
        waiting.wait(pacing.reserve())

    beyond = max(0, count - per_minute)
    assert waiting.seconds == pytest.approx(beyond * 60 / per_minute)


@given(st.floats(0, 50), st.integers(0, 100), st.floats(0, 59))
def test_nothing_left_means_a_pause_until_the_reset(gap: float, spent: int, reset: float) -> None:
    waiting = Waiting(gap)
    pacing = Pacing(100, clock=waiting.clock)
    for _ in range(spent):
        pacing.reserve()

    pacing.observe({"ratelimit-remaining": "0", "ratelimit-reset": str(reset)})

    assert pacing.reserve() >= reset - 1e-9  # Seconds are added to and taken from a clock.


def test_what_others_spend_is_not_left_to_us() -> None:
    waiting = Waiting()
    pacing = Pacing(60, clock=waiting.clock)

    pacing.observe({"ratelimit-remaining": "2", "ratelimit-reset": "30"})

    assert [pacing.reserve() for _ in range(4)] == [0, 0, 1, 2]


@pytest.mark.parametrize("remaining", ["3000", "60", "", "many", "-1", "nan"])
def test_bucket_is_never_raised_by_an_answer(remaining: str) -> None:
    pacing = Pacing(1, clock=lambda: 0.0)
    pacing.reserve()

    pacing.observe({"ratelimit-remaining": remaining, "ratelimit-reset": "1"})

    assert pacing.reserve() == 60


def test_pause_is_no_longer_than_the_window_of_the_limit() -> None:
    pacing = Pacing(clock=lambda: 0.0)

    pacing.observe({"ratelimit-remaining": "0", "ratelimit-reset": "1e9"})

    assert pacing.reserve() == LONGEST_PAUSE_SECONDS
