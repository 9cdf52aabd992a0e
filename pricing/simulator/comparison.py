"""Policies side by side over many replications: percentiles, noise, and who wins how often.

The rule this file owns: every policy is played in the same worlds, one world after another, so that
only one is held in memory by each worker. The number of workers changes no digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import fmean, median, stdev
from typing import TypeVar

from pricing.money import add_exact
from pricing.simulator.billing import Part
from pricing.simulator.compiled import Kernel
from pricing.simulator.demand import Trace
from pricing.simulator.error import Unstable
from pricing.simulator.load import Load, measure_load
from pricing.simulator.policy import Policy
from pricing.simulator.scenario import Scenario
from pricing.simulator.trial import Trial, try_policy
from pricing.simulator.world import Shares, World, make_world

_In = TypeVar("_In")
_Out = TypeVar("_Out")
_T = TypeVar("_T")

Progress = Callable[[int, int], None]
"""Told after each replication: how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over the replications.

    Attributes:
        p5, p50, p95: nearest ranks, or the median of an even number's lower half.
        error: standard error of the mean over the replications.
    """

    p5: float
    p50: float
    p95: float
    error: float


@dataclass(frozen=True, slots=True)
class Result:
    """How a policy did.

    Attributes:
        cost_usd_p5, cost_usd_p50, cost_usd_p95: cost of the period over the replications.
        error_share: standard error of the mean cost, as a share of it.
        parts_usd: mean cost by part; they sum to `cost_usd_mean`.
        waits, responses: at P50, P95 and P99 of requests, each over the replications.
        met_share: share of replications in which the target held.
        trials: every replication, in order.
    """

    policy: Policy
    cost_usd_p5: Decimal
    cost_usd_p50: Decimal
    cost_usd_p95: Decimal
    cost_usd_mean: Decimal
    error_share: float
    parts_usd: Mapping[Part, Decimal]
    waits: tuple[Spread, Spread, Spread]
    responses: tuple[Spread, Spread, Spread]
    cold_share: Spread
    overflow_share: Spread
    timeout_share: Spread
    utilisation: Spread
    busy: Spread
    online: Spread
    met_share: float
    trials: tuple[Trial, ...]


def compare(
    scenario: Scenario,
    policies: Sequence[Policy],
    kernel: Kernel,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Play every policy in every replication."""
    shares = [
        Shares(scenario.seed, number, scenario.replications)
        for number in range(scenario.replications)
    ]

    def play(one: Shares) -> list[Trial]:
        world = make_world(scenario, one)
        return [try_policy(policy, world, kernel) for policy in policies]

    rows = map_parallel(play, shares, workers, progress)
    return tuple(
        summarise(policy, trials)
        for policy, trials in zip(policies, zip(*rows, strict=True), strict=True)
    )


def map_parallel(
    function: Callable[[_In], _Out],
    values: Sequence[_In],
    workers: int,
    progress: Progress | None = None,
) -> list[_Out]:
    """Map in order, on threads: the compiled kernel and numpy let others run meanwhile."""
    from concurrent.futures import ThreadPoolExecutor

    done: list[_Out] = []
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        for answer in pool.map(function, values):
            done.append(answer)
            if progress:
                progress(len(done), len(values))
    return done


def nominal_worlds(
    scenario: Scenario, count: int, fixed: Mapping[str, float] | None = None
) -> list[World]:
    """Worlds in which everything uncertain is at its middle, or where it is set to be."""
    return [
        make_world(scenario, Shares(scenario.seed, number, 0, fixed or {}))
        for number in range(count)
    ]


def check_stable(policy: Policy, world: World) -> None:
    """Refuse a policy whose queue would grow for ever.

    Raises:
        Unstable: more work than its instances can do, and nowhere for it to go.
    """
    if policy.instance is None or policy.queue_limit is not None:
        return
    work = float(world.services(policy.instance).sum(dtype="float64")) / world.trace.period
    if work >= policy.largest and world.scenario.patience_seconds is None:
        raise Unstable(policy.name, work, policy.largest)


def load_of(world: World) -> Load:
    """Measure the load of one replication, on the reference tier."""
    trace = world.trace
    return measure_load(Trace(trace.arrivals, trace.services, trace.period))


def summarise(policy: Policy, trials: Sequence[Trial]) -> Result:
    """Bring the replications of a policy together."""
    costs = sorted(trial.cost_usd for trial in trials)
    mean_usd = _mean_usd(costs)
    parts = {part for trial in trials for part in trial.parts}
    floats = [float(cost) for cost in costs]
    error = stdev(floats) / sqrt(len(floats)) if len(floats) > 1 else 0.0
    return Result(
        policy=policy,
        cost_usd_p5=nearest(costs, 0.05),
        cost_usd_p50=nearest(costs, 0.5),
        cost_usd_p95=nearest(costs, 0.95),
        cost_usd_mean=mean_usd,
        error_share=error / float(mean_usd) if mean_usd else 0.0,
        parts_usd={
            part: _mean_usd([trial.parts.get(part, Decimal(0)) for trial in trials])
            for part in Part
            if part in parts
        },
        waits=_spreads([trial.waits for trial in trials]),
        responses=_spreads([trial.responses for trial in trials]),
        cold_share=spread([trial.cold_share for trial in trials]),
        overflow_share=spread([trial.overflow_share for trial in trials]),
        timeout_share=spread([trial.timeout_share for trial in trials]),
        utilisation=spread([trial.utilisation for trial in trials]),
        busy=spread([trial.busy for trial in trials]),
        online=spread([trial.online for trial in trials]),
        met_share=fmean(trial.is_met for trial in trials),
        trials=tuple(trials),
    )


def nearest(ordered: Sequence[_T], share: float) -> _T:
    """The value that a share of ascending ones does not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]


def spread(values: Sequence[float]) -> Spread:
    """Summarise a number over the replications."""
    ordered = sorted(values)
    error = stdev(ordered) / sqrt(len(ordered)) if len(ordered) > 1 else 0.0
    return Spread(nearest(ordered, 0.05), median(ordered), nearest(ordered, 0.95), error)


def _spreads(rows: Sequence[tuple[float, ...]]) -> tuple[Spread, Spread, Spread]:
    first, second, third = (spread(column) for column in zip(*rows, strict=True))
    return first, second, third


def _mean_usd(amounts: Sequence[Decimal]) -> Decimal:
    return add_exact(list(amounts)) / len(amounts)


def utilisation_needed(hour_usd: Decimal, time: float, tier_second_usd: Decimal) -> float:
    """The busy share r above which an own GPU pays: its price per unit of work over Replicate's."""
    return float(hour_usd / 3600 / tier_second_usd) * time
