"""Answering a question: history if asked, scenario, simulation, and what stands beside the answer.

Rule of this file: every front end asks through here, so that the same question has one answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from costing.errors import MissingExtra, UsageError
from costing.simulation.assembly import assemble
from costing.simulation.history import History, read_history
from costing.simulation.request import ScenarioRequest
from costing.simulation.supply import Supply
from pricing.simulator.calibration import LEAST, SURELY_OFF_SECONDS
from pricing.simulator.comparison import Progress
from pricing.simulator.compiled import load_kernel
from pricing.simulator.demand import Profile
from pricing.simulator.error import SimulatorMissing
from pricing.simulator.scenario import Scenario
from pricing.simulator.simulation import Answer, require_numpy, simulate
from pricing.simulator.world import period_of
from pricing.sku import find_sku

if TYPE_CHECKING:
    from costing.lock import Turn
    from costing.settings import Settings

EXTRA = "simulate"
MOST_WORKERS = 16
_SHOWN_IN_FULL = 1e15


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a question may be.

    Attributes:
        most_requests: in one replication; each takes some 100 bytes of memory.
        most_played: in all replications.
        workers: threads; None for one a processor.
    """

    most_requests: int = 10_000_000
    most_played: int = 2_000_000_000
    workers: int | None = None


DEFAULT_BOUNDS = Bounds()
SERVICE_BOUNDS = Bounds(most_requests=1_500_000, most_played=40_000_000, workers=1)
"""What the service plays for one question: some ten seconds of one processor."""


class TooLarge(UsageError):
    """A question that would take more memory or time than it may."""

    def __init__(self, what: str, count: float, most: int) -> None:
        shown = f"{count:,.0f}" if count < _SHOWN_IN_FULL else f"{count:.2g}"
        super().__init__(
            f"{shown} requests {what} are more than the {most:,} that may be played",
            help="ask for fewer days or replications; a week shows what a month does",
        )


@dataclass(frozen=True, slots=True)
class Simulation:
    """An answer with what it rests on.

    Attributes:
        asked_at: the instant of asking, in UTC.
        assumed: (name, value, what it is) of all that nobody gave.
        history: what the demand was taken from; None for a guess.
    """

    request: ScenarioRequest
    asked_at: datetime
    answer: Answer
    supply: Supply
    assumed: tuple[tuple[str, str, str], ...]
    history: History | None

    @property
    def measured_on(self) -> str:
        """The tier that run times are of."""
        hardware = self.history.sku if self.history else self.request.hardware
        return find_sku(hardware).sku if hardware else self.supply.tier.sku


def answer_request(
    request: ScenarioRequest,
    settings: Settings,
    turn: Callable[[], Turn],
    now: datetime,
    *,
    bounds: Bounds = DEFAULT_BOUNDS,
    progress: Progress | None = None,
    is_brief: bool = False,
) -> Simulation:
    """Answer a request.

    Args:
        turn: made only where the ledger is read.
        is_brief: leave out what one line of a series does not show.

    Raises:
        TooLarge: it would take more than the bounds allow.
        MissingExtra: numpy is not installed.
        CostingError, PricingError: it cannot be answered as asked.
    """
    try:
        require_numpy()
    except SimulatorMissing as error:
        raise MissingExtra("simulating", EXTRA) from error
    history = read_history(request, settings, turn(), now) if request.from_history else None
    made = assemble(request, settings, now, history)
    _check_size(made.scenario, bounds)
    workers = bounds.workers or min(os.cpu_count() or 1, MOST_WORKERS)
    kernel = load_kernel(settings.cache)
    answer = simulate(
        made.scenario, workers=workers, progress=progress, kernel=kernel, is_brief=is_brief
    )
    if history:
        answer = replace(answer, warnings=(*answer.warnings, *_doubts(history)))
    made_of = Simulation(request, now, answer, made.supply, made.assumed, history)
    return replace(made_of, answer=replace(answer, warnings=(*answer.warnings, *_moved(made_of))))


def _check_size(scenario: Scenario, bounds: Bounds) -> None:
    demand, period = scenario.demand, period_of(scenario)
    if isinstance(demand, Profile):
        count = demand.expected(period)
    else:
        count = len(demand.arrivals) * period / demand.length
    high, middle = scenario.uncertainty.volume.high, scenario.uncertainty.volume.middle
    if count * high > bounds.most_requests:
        raise TooLarge("in a replication", count * high, bounds.most_requests)
    played = count * middle * scenario.replications
    if played > bounds.most_played:
        raise TooLarge("in all replications", played, bounds.most_played)


def _moved(simulation: Simulation) -> Iterator[str]:
    """What to doubt where run times are of another tier than the one that would serve."""
    tier, measured_on = simulation.supply.tier, simulation.measured_on
    if tier.sku != measured_on:
        yield (
            f"run times are of {measured_on}; on {tier.sku} they are taken to be "
            f"{tier.time.low:.3g} to {tier.time.high:.3g} times as long: measure it"
        )


def _doubts(history: History) -> tuple[str, ...]:
    """What to doubt about a history."""
    found = []
    if history.left_out:
        found.append(
            f"{history.left_out:,} recorded requests are left out: on other tiers, or not billed"
        )
    found += _about_calibration(history)
    if not history.is_reproduced:
        found.append(
            f"the replay costs ${history.replayed_usd} and the ledger charges "
            f"${history.charged_usd}: this should be equal; please report it"
        )
    return tuple(found)


def _about_calibration(history: History) -> Iterator[str]:
    """What deployments and private models did not show."""
    seen = history.calibration
    if seen is None:
        return
    minutes = SURELY_OFF_SECONDS / 60
    if seen.came_late < LEAST:
        yield (
            f"{seen.came_late} recorded requests came after {minutes:.0f} quiet minutes, where "
            f"{LEAST} are the least: boots and idle timeout stay assumed"
        )
    elif seen.boot_median_seconds is None:
        yield (
            f"the {seen.came_late} recorded requests after {minutes:.0f} quiet minutes waited for "
            "no boot, as where instances are kept on: boots and idle timeout stay assumed"
        )
    elif seen.idle_seconds is None:
        yield "no idle timeout tells recorded boots from warm starts: it stays assumed"
