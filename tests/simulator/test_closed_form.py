"""Where queueing theory knows the answer, the kernel gives it, within three standard errors."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from statistics import fmean, stdev

import numpy as np
import pytest

from pricing.simulator.closed_form import (
    erlang_b,
    erlang_c,
    marginal_utilisation,
    scale_to_zero,
    wait_exceeds_mmc,
    wait_mg1,
    wait_mmc,
)
from pricing.simulator.compiled import load_kernel
from pricing.simulator.duration import SECOND, Lognormal, draw_durations
from pricing.simulator.error import Unstable
from pricing.simulator.kernel import NEVER, OVERFLOWED
from pricing.simulator.pool import Outcome, Rules, run, run_general

RUNS, REQUESTS, WARM_UP = 24, 100_000, 10_000
# Erlang C and mean wait at service time 1, from tables.
TABLE = {
    (1, 0.5): (0.5, 1.0),
    (1, 0.7): (0.7, 2.333333),
    (1, 0.8): (0.8, 4.0),
    (1, 0.9): (0.9, 9.0),
    (1, 0.95): (0.95, 19.0),
    (4, 0.5): (0.173913, 0.086957),
    (4, 0.7): (0.428654, 0.357212),
    (4, 0.8): (0.596432, 0.745541),
    (4, 0.9): (0.787753, 1.969383),
    (4, 0.95): (0.891419, 4.457095),
    (16, 0.5): (0.009019, 0.001127),
    (16, 0.7): (0.129676, 0.027016),
    (16, 0.8): (0.304884, 0.095276),
    (16, 0.9): (0.591343, 0.36959),
    (16, 0.95): (0.780192, 0.975241),
}


@pytest.mark.parametrize(("servers", "busy"), TABLE)
def test_closed_forms_agree_with_tables(servers: int, busy: float) -> None:
    waits, seconds = TABLE[servers, busy]

    assert erlang_c(servers, servers * busy) == pytest.approx(waits, abs=1e-6)
    assert wait_mmc(servers, servers * busy, 1.0) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(("servers", "busy"), TABLE)
def test_fixed_fleet_waits_as_erlang_c_says(servers: int, busy: float) -> None:
    outcomes = _simulate(servers * busy, 1.0, _fixed(servers))

    waited = [outcome.waits[WARM_UP:] for outcome, _ in outcomes]
    _agrees([float((waits > 0).mean()) for waits in waited], erlang_c(servers, servers * busy))
    _agrees(
        [float(waits.mean()) / SECOND for waits in waited], wait_mmc(servers, servers * busy, 1)
    )
    longer = [float((waits > SECOND // 5).mean()) for waits in waited]
    _agrees(longer, wait_exceeds_mmc(servers, servers * busy, 1.0, 0.2))


@pytest.mark.parametrize("scv", [0.0, 0.5, 3.0])
def test_one_server_waits_as_pollaczek_and_khinchine_say(scv: float) -> None:
    outcomes = _simulate(0.6, scv, _fixed(1))

    means = [float(outcome.waits[WARM_UP:].mean()) / SECOND for outcome, _ in outcomes]
    _agrees(means, wait_mg1(0.6, 1.0, scv))


@pytest.mark.parametrize("scv", [0.0, 1.0, 3.0])
def test_overflow_without_queue_is_erlang_b_whatever_the_service_law(scv: float) -> None:
    outcomes = _simulate(5.0, scv, lambda end: Rules(6, 6, 0, NEVER, NEVER, True, 1, 1, 0, end))

    shares = [float((outcome.waits == OVERFLOWED)[WARM_UP:].mean()) for outcome, _ in outcomes]
    _agrees(shares, erlang_b(6, 5.0))


@pytest.mark.parametrize(("boot", "idle"), [(20.0, 0.0), (20.0, 5.0), (3.0, 10.0)])
def test_scale_to_zero_is_online_as_theory_says(boot: float, idle: float) -> None:
    timeout = round(idle * SECOND)
    boots = np.array([round(boot * SECOND)])
    outcomes = _simulate(
        0.3, 0.5, lambda end: Rules(0, 1, NEVER, timeout, NEVER, True, 1, 1, 0, end), boots
    )

    theory = scale_to_zero(0.3, 1.0, 0.5, boot_seconds=boot, idle_seconds=idle)
    shares = [one.online / end for one, end in outcomes]
    _agrees([float(one.waits.mean()) / SECOND for one, _ in outcomes], theory.wait_seconds)
    _agrees(shares, theory.online_share)
    booted = [one.sessions / end * SECOND for one, end in outcomes]
    _agrees(booted, theory.boots_per_second)


def test_marginal_utilisations_sum_to_what_is_served() -> None:
    served = sum(marginal_utilisation(server, 5.0) for server in range(1, 7))

    assert served == pytest.approx(5.0 * (1 - erlang_b(6, 5.0)))


def test_overload_is_refused_not_answered() -> None:
    with pytest.raises(Unstable, match="grows for ever"):
        wait_mmc(2, 2.0, 1.0)


def _fixed(servers: int) -> Callable[[int], Rules]:
    return lambda end: Rules(servers, servers, NEVER, NEVER, NEVER, True, 1, 1, 0, end)


def _simulate(
    rate: float,
    scv: float,
    rules: Callable[[int], Rules],
    boots: np.ndarray | None = None,
) -> list[tuple[Outcome, int]]:
    """Poisson arrivals at a rate, services of mean 1: exponential for scv 1, else lognormal."""
    outcomes = []
    for seed in range(RUNS):
        pick = np.random.default_rng([int(rate * 1000), int(scv * 10), seed])
        gaps = pick.exponential(SECOND / rate, REQUESTS)
        arrivals = np.cumsum(gaps).astype(np.int64)
        if scv == 1.0:
            services = np.maximum(pick.exponential(SECOND, REQUESTS).astype(np.int64), 1)
        else:
            services = draw_durations(Lognormal(1.0, scv), pick.standard_normal(REQUESTS))
        end = int(arrivals[-1])
        way = run if boots is None else run_general
        outcome = way(arrivals, services, rules(end), load_kernel(), boots=boots)
        outcomes.append((outcome, end))
    return outcomes


def _agrees(values: list[float], expected: float) -> None:
    """Within three standard errors, which are small themselves."""
    error = stdev(values) / sqrt(len(values))

    assert error < 0.1 * expected
    assert abs(fmean(values) - expected) <= 3 * error + 1e-12
