"""What to doubt about an answer, each in one plain sentence.

The rule this file owns: a doubt that the scenario itself shows is always said; none is raised as
an error, since the answer stands with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pricing.simulator.comparison import Result
from pricing.simulator.demand import DAY, Profile
from pricing.simulator.load import Load
from pricing.simulator.offer import STALE_DAYS
from pricing.simulator.scenario import Scenario

FEW_DAYS = 14
NOISY = 0.05


def find_warnings(scenario: Scenario, load: Load, results: Sequence[Result]) -> tuple[str, ...]:
    """Find what to doubt."""
    return (*_about_prices(scenario), *_about_demand(scenario, load), *_about_results(results))


def _about_prices(scenario: Scenario) -> Iterator[str]:
    for name, as_of in scenario.prices():
        days = (scenario.today - as_of).days
        if days > STALE_DAYS:
            yield f"the price of {name} is {days} days old (read on {as_of})"
        if days < 0:
            yield f"the price of {name} was read on {as_of}, after the day of asking"


def _about_demand(scenario: Scenario, load: Load) -> Iterator[str]:
    demand = scenario.demand
    if isinstance(demand, Profile):
        yield "arrivals and run times are guessed: what was recorded says more"
    elif demand.length < FEW_DAYS * DAY:
        days = demand.length / DAY
        yield f"the recording has {days:.1f} days: rhythms and bursts of two weeks are not in it"
    if load.requests < 1000:
        yield f"{load.requests} requests in the period are too few for a 99th percentile"


def _about_results(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        if result.error_share > NOISY:
            yield (
                f"{result.policy.name}: the mean cost is known to {result.error_share:.0%} only; "
                "play more replications"
            )
