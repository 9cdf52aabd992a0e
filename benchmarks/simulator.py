"""The simulator's kernel against SimPy and Ciw on one queue, and a whole answer from a cold start.

Rule of this file: all contenders serve the same queue, M/M/8 at 85 % busy, and their mean waits are
compared with Erlang C before their times; processor seconds count. SimPy and Ciw come with the
extra `bench`.

    python -m benchmarks.simulator
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from benchmarks.contest import TITLES, Bound, Outcome
from benchmarks.process import measure, python
from pricing.simulator.closed_form import wait_mmc
from pricing.simulator.compiled import TWIN, Kernel, load_kernel
from pricing.simulator.duration import SECOND
from pricing.simulator.kernel import NEVER
from pricing.simulator.pool import Rules, run, run_general

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SERVERS, BUSY = 8, 0.85
REPEATS = 5
REQUESTS = {"fixed": 4_000_000, "autoscaled": 4_000_000, "twin": 100_000}
SIMPY_REQUESTS, CIW_REQUESTS = 60_000, 30_000
LEAST = {"fixed": 40e6, "autoscaled": 20e6}
"""Requests for each second of processor time."""
LEAST_RATIO = {"SimPy": 250.0, "Ciw": 600.0}


class WaitDiffers(Exception):
    """A contender's mean wait is not what theory says."""

    def __init__(self, name: str, seconds: float, expected: float) -> None:
        super().__init__(f"{name}: mean wait {seconds:.3f} s, Erlang C says {expected:.3f} s")


def compare_simulator(repeats: int = REPEATS) -> list[Outcome]:
    """All rows, measured in turn in one run."""
    kernel = load_kernel()
    contenders: dict[str, Callable[[], tuple[int, float]]] = {
        "fixed": partial(_serve_fixed, kernel, REQUESTS["fixed"]),
        "autoscaled": partial(_serve_autoscaled, kernel, REQUESTS["autoscaled"]),
        "twin": partial(_serve_fixed, TWIN, REQUESTS["twin"]),
        "SimPy": _serve_simpy,
        "Ciw": _serve_ciw,
    }
    for name in ("fixed", "autoscaled"):
        contenders[name]()  # Compiles.
    rounds = [
        {name: _per_second(*serve()) for name, serve in contenders.items()} for _ in range(repeats)
    ]
    speeds = {name: median(one[name] for one in rounds) for name in contenders}
    return [*_speed_rows(speeds), _cold_row()]


def _per_second(requests: int, seconds: float) -> float:
    return requests / seconds


def _speed_rows(speeds: dict[str, float]) -> list[Outcome]:
    fixed = speeds["fixed"]
    rows = [
        Outcome(
            bound, f"{speeds[name] / 1e6:.1f} M/s", f"{least / 1e6:g} M/s", least / speeds[name]
        )
        for (name, least), bound in zip(
            LEAST.items(), (Bound.SIMULATOR_FIXED, Bound.SIMULATOR_SCALED), strict=True
        )
    ]
    rows += [
        Outcome(
            bound, f"{fixed / speeds[name]:,.0f} ×", f"{least:g} ×", least * speeds[name] / fixed
        )
        for (name, least), bound in zip(
            LEAST_RATIO.items(), (Bound.SIMULATOR_SIMPY, Bound.SIMULATOR_CIW), strict=True
        )
    ]
    twin = speeds["twin"] / 1e6
    return [*rows, Outcome(Bound.SIMULATOR_TWIN, f"{twin:.2f} M/s", "", twin)]


def _queue(requests: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    pick = np.random.default_rng(1)
    arrivals = np.cumsum(pick.exponential(SECOND / (SERVERS * BUSY), requests)).astype(np.int64)
    services = np.maximum(pick.exponential(SECOND, requests).astype(np.int64), 1)
    return arrivals, services


def _serve_fixed(kernel: Kernel, requests: int) -> tuple[int, float]:
    arrivals, services = _queue(requests)
    end = int(arrivals[-1])
    takes_newest = True
    rules = Rules(SERVERS, SERVERS, NEVER, NEVER, NEVER, takes_newest, 1, 1, 0, end)
    begin = process_time()
    outcome = run(arrivals, services, rules, kernel)
    seconds = process_time() - begin
    _check("fixed", float(outcome.waits.mean()) / SECOND)
    return requests, seconds


def _serve_autoscaled(kernel: Kernel, requests: int) -> tuple[int, float]:
    """The same queue with instances that boot for 5 s and go off after 10 s."""
    import numpy as np

    arrivals, services = _queue(requests)
    takes_newest = True
    rules = Rules(0, 64, NEVER, 10 * SECOND, NEVER, takes_newest, 1, 64, 0, int(arrivals[-1]))
    boots = np.array([5 * SECOND])
    begin = process_time()
    run_general(arrivals, services, rules, kernel, boots=boots)
    return requests, process_time() - begin


def _serve_simpy() -> tuple[int, float]:
    import simpy

    arrivals, services = ((values / SECOND).tolist() for values in _queue(SIMPY_REQUESTS))
    waits: list[float] = []
    environment = simpy.Environment()
    pool = simpy.Resource(environment, capacity=SERVERS)

    def visit(service: float) -> simpy.events.ProcessGenerator:
        arrived = environment.now
        with pool.request() as turn:
            yield turn
            waits.append(environment.now - arrived)
            yield environment.timeout(service)

    def come() -> simpy.events.ProcessGenerator:
        for arrival, service in zip(arrivals, services, strict=True):
            yield environment.timeout(arrival - environment.now)
            environment.process(visit(service))

    begin = process_time()
    environment.process(come())
    environment.run()
    seconds = process_time() - begin
    _check("SimPy", sum(waits) / len(waits))
    return SIMPY_REQUESTS, seconds


def _serve_ciw() -> tuple[int, float]:
    import ciw  # type: ignore[import-untyped]

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(SERVERS * BUSY)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[SERVERS],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    begin = process_time()
    simulation.simulate_until_max_customers(CIW_REQUESTS)
    seconds = process_time() - begin
    records = simulation.get_all_records()
    _check("Ciw", sum(record.waiting_time for record in records) / len(records))
    return CIW_REQUESTS, seconds


def _check(name: str, seconds: float) -> None:
    """Hold a mean wait to Erlang C; short runs of a busy queue waver by a fifth and more.

    Raises:
        WaitDiffers: by more than half.
    """
    expected = wait_mmc(SERVERS, SERVERS * BUSY, 1.0)
    if not expected / 1.5 < seconds < expected * 1.5:
        raise WaitDiffers(name, seconds, expected)


def _cold_row() -> Outcome:
    """A month of 10,000 requests a day, all policies, 40 replications, in a process of its own."""
    with TemporaryDirectory() as empty:
        command = python("-m", "benchmarks.simulator", "--answer", empty)
        measured = measure(command, dict(os.environ))
    return Outcome(
        Bound.SIMULATOR_ANSWER,
        f"{measured.seconds:.1f} s",
        "",
        measured.seconds * 1000,
        f"{measured.processor_seconds:.1f} s",
    )


def answer(cache: Path) -> str:
    """Answer the scenario of the cold start; the sentence that it comes to.

    Args:
        cache: folder of machine code; an empty one for a fresh machine.
    """
    from benchmarks.scenario import month_of_all_policies
    from pricing.simulator.simulation import simulate

    kernel = load_kernel(cache)
    return simulate(month_of_all_policies(), workers=2, kernel=kernel).recommendation.sentence


def main() -> int:
    """Print the table; 1 where a bound is missed."""
    if "--answer" in sys.argv:
        print(answer(Path(sys.argv[-1])))
        return 0
    begin = perf_counter()
    rows = compare_simulator()
    for cells in (TITLES, *(row.cells() for row in rows)):
        print("  ".join(cells))
    print(f"{Path(sys.executable).name}, {perf_counter() - begin:.0f} s in all")
    return int(not all(row.is_met for row in rows))


if __name__ == "__main__":
    sys.exit(main())
