"""The one way in: a scenario is asked, an answer comes back.

    answer = simulate(scenario, workers=2)
    answer.recommendation.sentence

The rule this file owns: the same scenario gives the same answer, whatever the number of workers and
whether the kernel is compiled or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pricing.simulator.break_even import Interval, VolumePoint, find_intervals, play_volumes
from pricing.simulator.comparison import (
    Progress,
    Result,
    check_stable,
    compare,
    load_of,
    nominal_worlds,
)
from pricing.simulator.compiled import Kernel, load_kernel
from pricing.simulator.demand import Recording
from pricing.simulator.edge import move_off_edge
from pricing.simulator.error import SimulatorMissing, Unstable
from pricing.simulator.load import Load
from pricing.simulator.naive import Naive, answer_naively
from pricing.simulator.policy import Policy
from pricing.simulator.recommendation import Recommendation, recommend
from pricing.simulator.scenario import Scenario
from pricing.simulator.search import Sizing, resize, size
from pricing.simulator.tornado import Bar, draw_ranges, draw_tornado
from pricing.simulator.warning import find_warnings
from pricing.simulator.world import Shares, World, make_world, shorten

SEARCH_WORLDS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a simulation found.

    Attributes:
        load: the demand in numbers, everything uncertain at its middle.
        results: every policy, the public model first, the searched fleet and hybrid last.
        sizing, volumes: about own GPUs; None or empty where none were named.
            `volumes`, `tornado`, `ranges` and the worths of `sizing` are empty in a brief answer.
        tornado: what moves the cost of `doubted`, or its distance from the public model.
        doubted: the recommended policy, or the best rival of a recommended public model.
        ranges: what is known only within bounds, and what each moves.
        refused: policies that cannot work at all, each with the reason.
        warnings: what to doubt.
        is_compiled: whether the compiled kernel ran.
    """

    scenario: Scenario
    load: Load
    results: tuple[Result, ...]
    recommendation: Recommendation
    sizing: Sizing | None
    volumes: tuple[VolumePoint, ...]
    tornado: tuple[Bar, ...]
    doubted: Policy
    ranges: tuple[Bar, ...]
    refused: tuple[str, ...]
    warnings: tuple[str, ...]
    is_compiled: bool

    @property
    def naive(self) -> Naive | None:
        """What a spreadsheet of averages would say; None where no own GPU was named."""
        scenario = self.scenario
        return answer_naively(self.load, scenario.gpu, scenario.tier) if scenario.gpu else None

    @property
    def break_even(self) -> tuple[Interval, ...]:
        """The volumes at which own GPUs are cheaper."""
        return find_intervals(self.volumes)

    @property
    def prices(self) -> tuple[tuple[str, date], ...]:
        """What is priced and when that was read."""
        return self.scenario.prices()

    @property
    def noise(self) -> float:
        """Largest standard error of a mean cost, as a share of it."""
        return max(result.error_share for result in self.results)


def simulate(
    scenario: Scenario,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    kernel: Kernel | None = None,
    is_brief: bool = False,
) -> Answer:
    """Answer a scenario.

    Args:
        workers: threads; they change how long it takes, and nothing else.
        progress: told after each replication.
        kernel: the compiled one where numba is installed, else plain Python, unless given.
        is_brief: play the policies only, and neither other volumes nor what each number moves.

    Raises:
        SimulationError: the scenario cannot be answered.
    """
    require_numpy()
    kernel = kernel or load_kernel()
    [middle] = nominal_worlds(scenario, 1)
    load = load_of(middle)
    policies, refused, sizing = _find_policies(scenario, middle, kernel, is_brief=is_brief)
    results = compare(scenario, policies, kernel, workers=workers, progress=progress)
    if sizing is not None:
        results, sizing = _hold_to_target(scenario, results, sizing, kernel, workers=workers)
    recommendation = recommend(results, sizing, requests=_evidence(scenario, load))
    answer = Answer(
        scenario=scenario,
        load=load,
        results=results,
        recommendation=recommendation,
        sizing=sizing,
        volumes=(),
        doubted=_doubted(recommendation, results).policy,
        tornado=(),
        ranges=(),
        refused=refused,
        warnings=find_warnings(scenario, load, results),
        is_compiled=kernel.is_compiled,
    )
    return answer if is_brief else _surround(answer, kernel, workers=workers)


def _surround(answer: Answer, kernel: Kernel, *, workers: int) -> Answer:
    """Add what other volumes would cost and what each uncertain number moves."""
    scenario, gpu = answer.scenario, answer.scenario.gpu
    policies = [result.policy for result in answer.results]
    tornado = draw_tornado(scenario, answer.doubted, policies[0], kernel, workers=workers)
    return replace(
        answer,
        volumes=tuple(play_volumes(scenario, gpu, kernel, workers=workers)) if gpu else (),
        tornado=tornado,
        ranges=draw_ranges(scenario, policies, tornado, kernel, workers=workers),
    )


def search_worlds(scenario: Scenario) -> list[World]:
    """Worlds to search own GPUs in: all that is uncertain differs, the period may be shorter."""
    short = shorten(scenario)
    return [
        make_world(short, Shares(scenario.seed, number, SEARCH_WORLDS))
        for number in range(SEARCH_WORLDS)
    ]


def require_numpy() -> None:
    """Refuse to start without what every simulation needs.

    Raises:
        SimulatorMissing: numpy is not installed.
    """
    try:
        import numpy as np  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise SimulatorMissing from error


def _find_policies(
    scenario: Scenario, world: World, kernel: Kernel, *, is_brief: bool
) -> tuple[list[Policy], tuple[str, ...], Sizing | None]:
    """Return what to play, what was refused, and what a search for own GPUs found."""
    policies, refused = _possible(scenario, world)
    if scenario.gpu is None:
        return policies, refused, None
    worlds, gpu, tier = search_worlds(scenario), scenario.gpu, scenario.tier
    sizing = size(worlds, gpu, tier, kernel, with_worths=not is_brief)
    return [*policies, *sizing.found(policies)], refused, sizing


def _hold_to_target(
    scenario: Scenario,
    results: tuple[Result, ...],
    sizing: Sizing,
    kernel: Kernel,
    *,
    workers: int,
) -> tuple[tuple[Result, ...], Sizing]:
    """Put what meets the target in the place of what was found and missed it in replications."""

    def play(policies: Sequence[Policy]) -> tuple[Result, ...]:
        return compare(scenario, policies, kernel, workers=workers)

    found = sizing.found(())
    moved = move_off_edge(found, results, scenario.target, play)
    if not moved:
        return results, sizing
    known = {result.policy: result for result in results}
    asked = scenario.compared()
    shown = {one: known[one] for one in known if one in asked or one not in found}
    for one in found:
        result = moved.get(one, known[one])
        shown.setdefault(result.policy, result)
    places = {one: result.policy for one, result in moved.items()}
    fleet = sizing.fleet and places.get(sizing.fleet, sizing.fleet)
    mixed = sizing.hybrid and places.get(sizing.hybrid, sizing.hybrid)
    worlds = search_worlds(scenario)
    resized = resize(sizing, worlds, kernel, fleet=fleet, mixed=mixed)
    return tuple(shown.values()), resized


def _possible(scenario: Scenario, world: World) -> tuple[list[Policy], tuple[str, ...]]:
    """Part the policies from those whose queue would grow for ever."""
    possible: list[Policy] = []
    refused: list[str] = []
    for policy in scenario.compared():
        try:
            check_stable(policy, world)
        except Unstable as error:
            refused.append(str(error))
        else:
            possible.append(policy)
    return possible, tuple(refused)


def _evidence(scenario: Scenario, load: Load) -> int:
    """Requests that the answer rests on: those laid over each other or drawn again count once."""
    demand = scenario.demand
    recorded = len(demand.arrivals) if isinstance(demand, Recording) else load.requests
    return min(recorded, load.requests)


def _doubted(recommendation: Recommendation, results: tuple[Result, ...]) -> Result:
    """Choose what the tornado is about: the recommended policy, else the best own rival of P1."""
    if recommendation.result is not results[0] or len(results) == 1:
        return recommendation.result
    return min(results[1:], key=lambda result: result.cost_usd_p50)
