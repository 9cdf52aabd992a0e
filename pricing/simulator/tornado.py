"""What matters most: each uncertain number at its two bounds, all others at their middle.

The rule this file owns: both bounds are played in the same worlds, so that their difference is the
number's and not the noise's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pricing.simulator.comparison import map_parallel, nominal_worlds
from pricing.simulator.compiled import Kernel
from pricing.simulator.estimate import Estimate
from pricing.simulator.policy import Gpu, Policy, Tier
from pricing.simulator.scenario import Scenario
from pricing.simulator.search import mean_usd
from pricing.simulator.trial import try_policy


@dataclass(frozen=True, slots=True)
class Bar:
    """What one uncertain number moves.

    Attributes:
        name: the number.
        low, high: its bounds.
        low_usd, high_usd: mean cost of the policy at them.
        against_low_usd, against_high_usd: that less the public model's cost in the same worlds.
    """

    name: str
    low: float
    high: float
    low_usd: Decimal
    high_usd: Decimal
    against_low_usd: Decimal
    against_high_usd: Decimal

    @property
    def width_usd(self) -> Decimal:
        """How far it moves the difference from the public model, or the cost, whichever more."""
        moved = abs(self.against_high_usd - self.against_low_usd)
        return max(moved, abs(self.high_usd - self.low_usd))


def draw_tornado(
    scenario: Scenario, policy: Policy, public: Policy, kernel: Kernel, *, workers: int = 1
) -> tuple[Bar, ...]:
    """Move every uncertain number from bound to bound; the widest bar first."""
    doubts = [pair for pair in uncertain_numbers(scenario, policy) if not pair[1].is_certain]

    def move(doubt: tuple[str, Estimate]) -> Bar:
        return _bar(scenario, (policy, public), *doubt, kernel=kernel)

    bars = map_parallel(move, doubts, workers)
    return tuple(sorted(bars, key=lambda bar: -bar.width_usd))


def uncertain_numbers(scenario: Scenario, policy: Policy) -> list[tuple[str, Estimate]]:
    """Name all numbers that may move a policy's cost or waits."""
    doubts, scaler = scenario.uncertainty, policy.autoscaler
    found = [("volume", doubts.volume), ("run time", doubts.service)]
    instances = [one for one in (policy.instance, policy.overflow) if one]
    for one in dict.fromkeys(instances):
        name = one.sku if isinstance(one, Tier) else one.name
        found.append((f"time on {name}", one.time))
    if scaler:
        found.append((f"idle timeout of {scaler.name}", scaler.idle_seconds))
        found.append((f"scale-up rule of {scaler.name}", scaler.backlog))
        found.append(("boot time", doubts.boot))
    if isinstance(policy.instance, Gpu):
        found.append(("price of own GPUs", doubts.price))
        if policy.instance.interruptions_per_hour:
            name = f"interruptions of {policy.instance.name}"
            found.append((name, policy.instance.interruptions_per_hour))
    return found


def _bar(
    scenario: Scenario,
    policies: tuple[Policy, Policy],
    name: str,
    estimate: Estimate,
    *,
    kernel: Kernel,
) -> Bar:
    low, high = (_costs(scenario, policies, {name: share}, kernel) for share in (0.0, 1.0))
    ends = (low[0], high[0], low[0] - low[1], high[0] - high[1])
    return Bar(name, estimate.low, estimate.high, *ends)


def _costs(
    scenario: Scenario,
    policies: Sequence[Policy],
    fixed: dict[str, float],
    kernel: Kernel,
) -> list[Decimal]:
    worlds = nominal_worlds(scenario, 1, fixed)
    return [
        mean_usd([try_policy(policy, world, kernel, shown=()) for world in worlds])
        for policy in policies
    ]
