"""Boots and idle timeout are found again in what a pool with known ones did."""

from __future__ import annotations

import numpy as np
import pytest

from pricing.simulator.calibration import LEAST, Calibration, calibrate
from pricing.simulator.compiled import TWIN
from pricing.simulator.duration import SECOND, draw_durations, lognormal_by_median
from pricing.simulator.kernel import NEVER
from pricing.simulator.pool import Rules, run_general


def pool(*, idle: float, median: float, count: int = 4000) -> list[tuple[float, float]]:
    """Requests that came alone to a pool that the kernel plays: gap and wait of each."""
    pick = np.random.default_rng(3)
    arrivals = np.cumsum(pick.exponential(400 * SECOND, count)).astype(np.int64)
    services = pick.integers(SECOND, 9 * SECOND, count)
    boots = draw_durations(lognormal_by_median(median, 3 * median), pick.standard_normal(999))
    rules = Rules(0, 4, NEVER, round(idle * SECOND), NEVER, True, 1, 4, 0, int(arrivals[-1]))
    waits = run_general(arrivals, services, rules, TWIN, boots=boots).waits
    ends = np.maximum.accumulate(arrivals + waits + services)
    gaps = (arrivals[1:] - ends[:-1]) / SECOND
    return [
        pair
        for pair in zip(gaps.tolist(), (waits[1:] / SECOND).tolist(), strict=True)
        if pair[0] > 0
    ]


@pytest.mark.parametrize(("idle", "median"), [(60.0, 20.0), (300.0, 45.0), (900.0, 5.0)])
def test_known_boots_and_idle_timeout_are_found_again(idle: float, median: float) -> None:
    found = calibrate(pool(idle=idle, median=median))

    assert found.idle_seconds is not None
    assert found.idle_seconds.low <= idle <= found.idle_seconds.high
    assert found.idle_seconds.high < 1.2 * found.idle_seconds.low
    assert found.boot_median_seconds == pytest.approx(median, rel=0.25)
    assert found.boot_p95_seconds == pytest.approx(3 * median, rel=0.4)


def test_few_late_requests_tell_nothing() -> None:
    alone = [(4000.0, 30.0)] * (LEAST - 1) + [(10.0, 0.1)] * 100

    assert calibrate(alone) == Calibration(LEAST - 1)


def test_pool_that_is_kept_on_shows_no_boots() -> None:
    assert calibrate([(4000.0, 0.2)] * 500) == Calibration(500)


def test_waits_that_have_nothing_to_do_with_gaps_tell_nothing() -> None:
    pick = np.random.default_rng(1)
    gaps, waits = pick.exponential(2000, 5000).tolist(), pick.lognormal(1, 3, 5000).tolist()

    found = calibrate(list(zip(gaps, waits, strict=True)))

    assert found.came_late > LEAST
    assert (found.boot_median_seconds, found.idle_seconds) == (None, None)


def test_boots_without_a_timeout_that_tells_them_apart_leave_it_open() -> None:
    soon = [(20.0, 0.1)] * 50
    mixed = [(100.0 + place, 30.0 if place % 2 else 0.1) for place in range(400)]

    found = calibrate([*soon, *mixed, *[(4000.0, 30.0)] * 50])

    assert (found.boot_median_seconds, found.idle_seconds) == (30.0, None)


def test_one_kind_of_gap_alone_tells_no_idle_timeout() -> None:
    found = calibrate([(4000.0, 30.0)] * 50)

    assert (found.boot_median_seconds, found.idle_seconds) == (30.0, None)
