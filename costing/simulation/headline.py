"""The first and the last line of an answer: what was asked and played, and what it rests on.

Rule of this file: what was asked is shown as it was asked; what was drawn of it stands beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costing.simulation.figure import count, share
from pricing.simulator.demand import Profile
from pricing.simulator.world import period_of

if TYPE_CHECKING:
    from costing.simulation.use_case import Simulation

TOLD_SHARE = 0.005
"""A difference from what was asked that is larger has its reason told."""


def heading(simulation: Simulation) -> str:
    """What was asked, in one line, and what was played of a guess."""
    scenario, load = simulation.answer.scenario, simulation.answer.load
    demand, place = scenario.demand, f"on {simulation.measured_on}, {load.days:g} days"
    played = f"{count(load.requests / load.days)} requests a day"
    if not isinstance(demand, Profile):
        return f"{played} (recorded), {load.mean_seconds:.3g} s each {place}"
    if not load.requests:
        played = "no request at all"
    else:
        played += f", {load.mean_seconds:.3g} s each{_expected(simulation)}"
    return (
        f"{count(demand.requests_per_day)} requests a day (guessed), "
        f"{demand.service.mean_seconds:.3g} s each {place}; played at the middle: {played}"
    )


def _expected(simulation: Simulation) -> str:
    """Why what was played is no mean week, beside chance, and what was to be expected."""
    scenario = simulation.answer.scenario
    demand, volume = scenario.demand, scenario.uncertainty.volume.middle
    assert isinstance(demand, Profile)
    expected = demand.expected(period_of(scenario)) * volume / scenario.days
    if abs(expected / demand.requests_per_day - 1) < TOLD_SHARE:
        return ""
    reasons = [
        *([f"{scenario.days} days from a Monday on are not whole weeks"] * (scenario.days % 7 > 0)),
        *(["growth counts"] * (demand.growth_per_week != 1)),
        *(["the calendar counts"] * bool(demand.calendar)),
        *([f"volume_factor is about {volume:.3g}"] * (abs(volume - 1) >= TOLD_SHARE)),
    ]
    return f" ({count(expected)} a day were to be expected: {', '.join(reasons)})"


def foot(simulation: Simulation) -> str:
    """What the numbers rest on, in one line."""
    answer = simulation.answer
    scenario = answer.scenario
    return (
        f"seed {scenario.seed}, {scenario.replications} replications; a mean cost is known within "
        f"±{share(2 * answer.noise)} (two standard errors of the simulation, the largest of all "
        f"policies); asked on {scenario.today}"
    )
