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
from pricing.simulator.trial import Trial, try_policy
from pricing.simulator.world import World, vary

_SHOWN = (95.0,)


@dataclass(frozen=True, slots=True)
class Bar:
    """What one uncertain number moves.

    Attributes:
        name: the number.
        policy: what is played.
        low, high: its bounds.
        low_usd, high_usd: cost of the policy at them.
        against_low_usd, against_high_usd: that less the public model's cost in the same worlds.
        low_wait_seconds, high_wait_seconds: waits at P95.
    """

    name: str
    policy: Policy
    low: float
    high: float
    low_usd: Decimal
    high_usd: Decimal
    against_low_usd: Decimal
    against_high_usd: Decimal
    low_wait_seconds: float
    high_wait_seconds: float

    @property
    def width_usd(self) -> Decimal:
        """How far it moves the difference from the public model, or the cost, whichever more."""
        moved = abs(self.against_high_usd - self.against_low_usd)
        return max(moved, abs(self.high_usd - self.low_usd))


def draw_tornado(
    scenario: Scenario, policy: Policy, public: Policy, kernel: Kernel, *, workers: int = 1
) -> tuple[Bar, ...]:
    """Move every uncertain number of a policy from bound to bound; the widest bar first."""
    doubts = [(*doubt, policy) for doubt in uncertain_numbers(scenario, policy)]
    bars = _draw(scenario, doubts, public, kernel, workers)
    return tuple(sorted(bars, key=lambda bar: -bar.width_usd))


def draw_ranges(
    scenario: Scenario,
    policies: Sequence[Policy],
    known: Sequence[Bar],
    kernel: Kernel,
    *,
    workers: int = 1,
) -> tuple[Bar, ...]:
    """Move every uncertain number there is, each of the first policy that it may move.

    Args:
        policies: the public model first, which the wait of the public pool moves.
        known: bars that are there already; they stand for their numbers.
    """
    found = [("public wait", scenario.uncertainty.public_wait_seconds, policies[0])]
    for policy in policies:
        found += [(*doubt, policy) for doubt in uncertain_numbers(scenario, policy)]
    first = {doubt[0]: doubt for doubt in reversed(found)}
    drawn = {bar.name: bar for bar in known}
    missing = [doubt for name, doubt in first.items() if name not in drawn]
    drawn |= {bar.name: bar for bar in _draw(scenario, missing, policies[0], kernel, workers)}
    return tuple(
        drawn[name] for name in dict.fromkeys(doubt[0] for doubt in found) if name in drawn
    )


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
        gpu = policy.instance
        found.append(("price of own GPUs", doubts.price))
        if gpu.reserved_hour_usd is not None:
            found.append((f"reserved price of {gpu.name}", gpu.reserved_factor))
        if gpu.interruptions_per_hour:
            found.append((f"interruptions of {gpu.name}", gpu.interruptions_per_hour))
    return found


def _draw(
    scenario: Scenario,
    doubts: Sequence[tuple[str, Estimate, Policy]],
    public: Policy,
    kernel: Kernel,
    workers: int,
) -> list[Bar]:
    [middle] = nominal_worlds(scenario, 1)

    def move(doubt: tuple[str, Estimate, Policy]) -> Bar:
        name, estimate, policy = doubt
        low, high = (_play((policy, public), vary(middle, name, end), kernel) for end in (0.0, 1.0))
        return Bar(
            name=name,
            policy=policy,
            low=estimate.low,
            high=estimate.high,
            low_usd=low[0].cost_usd,
            high_usd=high[0].cost_usd,
            against_low_usd=low[0].cost_usd - low[1].cost_usd,
            against_high_usd=high[0].cost_usd - high[1].cost_usd,
            low_wait_seconds=low[0].waits[0],
            high_wait_seconds=high[0].waits[0],
        )

    return map_parallel(move, [doubt for doubt in doubts if not doubt[1].is_certain], workers)


def _play(policies: Sequence[Policy], world: World, kernel: Kernel) -> list[Trial]:
    return [try_policy(policy, world, kernel, shown=_SHOWN) for policy in policies]
