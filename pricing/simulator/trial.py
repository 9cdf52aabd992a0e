"""One policy in one world: what it cost and how long people waited.

The rule this file owns: a request that overflows waits as the public pool lets it, one that timed
out waited for as long as its patience and was not served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.simulator.billing import Metered, Part, bill, total
from pricing.simulator.compiled import Kernel
from pricing.simulator.duration import SECOND
from pricing.simulator.kernel import NEVER, OVERFLOWED, TIMED_OUT
from pricing.simulator.policy import Policy
from pricing.simulator.pool import Outcome, Rules, run
from pricing.simulator.scenario import Target
from pricing.simulator.world import World

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHOWN = (50.0, 95.0, 99.0)
"""Percentiles that are always reckoned."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a policy in a period.

    Attributes:
        parts: US dollars by part.
        waits, responses: seconds at the percentiles of SHOWN; a response is wait and run.
        is_in_time: whether the target's percentile of waits is within its bound.
        cold_share, overflow_share, timeout_share: of all requests.
        utilisation: active share of the time that the pool was online, or was paid for.
        busy: instances of the pool busy on average (Erlang).
        online: instances of the pool online on average.
        is_met: whether the target held.
    """

    requests: int
    cost_usd: Decimal
    parts: Mapping[Part, Decimal]
    waits: tuple[float, ...]
    responses: tuple[float, ...]
    is_in_time: bool
    cold_share: float
    overflow_share: float
    timeout_share: float
    utilisation: float
    busy: float
    online: float
    is_met: bool


def rules_for(policy: Policy, world: World) -> Rules:
    """Return how a policy's pool behaves in a world."""
    scaler = policy.autoscaler
    idle = backlog = None
    if scaler:
        idle = world.shares.draw(f"idle timeout of {scaler.name}", scaler.idle_seconds)
        backlog = world.shares.draw(f"scale-up rule of {scaler.name}", scaler.backlog)
    return Rules(
        smallest=policy.smallest,
        largest=policy.largest,
        queue_limit=NEVER if policy.queue_limit is None else policy.queue_limit,
        idle_timeout=NEVER if idle is None else round(idle * SECOND),
        patience=world.patience,
        takes_newest=scaler.takes_newest if scaler else True,
        backlog=1 if backlog is None else round(backlog),
        boots_at_once=scaler.boots_at_once if scaler else policy.largest,
        poll=round(scaler.poll_seconds * SECOND) if scaler else 0,
        end=world.trace.period,
    )


def run_policy(policy: Policy, world: World, kernel: Kernel) -> Outcome | None:
    """Let a world's requests through a policy's pool; None where there is no pool."""
    if policy.instance is None or policy.largest == 0:
        return None
    return run(
        world.trace.arrivals,
        world.services(policy.instance),
        rules_for(policy, world),
        kernel,
        boots=world.boots(policy.boot) if policy.boot else None,
        hits=world.hits(policy),
    )


def try_policy(
    policy: Policy, world: World, kernel: Kernel, *, shown: tuple[float, ...] = SHOWN
) -> Trial:
    """Run a policy in a world, bill it and measure its waits.

    Args:
        shown: percentiles of waits and responses to measure; a search needs none.
    """
    outcome = run_policy(policy, world, kernel)
    waits, overflow = _waited(policy, world, outcome)
    count = len(waits)
    served = outcome.served if outcome else 0
    metered = Metered(
        outcome=outcome,
        overflow=overflow,
        own_requests=served,
        period=world.trace.period,
        markup=world.markup,
        reserved_markup=world.reserved_markup(policy.instance),
    )
    parts = bill(policy, metered, world.scenario.overheads)
    cost_usd = total(parts)
    target = world.scenario.target
    in_time = is_in_time(waits, target)
    use = _use(outcome, world.trace.period)
    shares = _shares(policy, outcome, count)
    return Trial(
        requests=count,
        cost_usd=cost_usd,
        parts=parts,
        waits=percentiles(waits, shown),
        responses=percentiles(waits + _ran(policy, world, outcome), shown) if shown else (),
        is_in_time=in_time,
        cold_share=shares[0],
        overflow_share=shares[1],
        timeout_share=shares[2],
        utilisation=use[0],
        busy=use[1],
        online=use[2],
        is_met=in_time and _is_met(target, shares, cost_usd, is_own=policy.largest > 0),
    )


def _shares(policy: Policy, outcome: Outcome | None, count: int) -> tuple[float, float, float]:
    """Return which shares of the requests started cold, overflowed and timed out."""
    if not count:
        return 0.0, 0.0, 0.0
    if outcome is None:
        return 0.0, 1.0 if policy.overflow else 0.0, 0.0
    return outcome.cold / count, outcome.overflows / count, outcome.timeouts / count


def percentiles(values: NDArray[np.int64], percents: tuple[float, ...]) -> tuple[float, ...]:
    """Seconds that so many percent of the values do not exceed (nearest rank); zeros of none.

    All are sorted: numpy sorts whole numbers sooner than it parts them at several ranks.
    """
    import numpy as np

    if not len(values) or not percents:
        return tuple(0.0 for _ in percents)
    ordered = np.sort(values)
    return tuple(float(ordered[_rank(len(values), p) - 1]) / SECOND for p in percents)


def is_in_time(waits: NDArray[np.int64], target: Target) -> bool:
    """Whether the target's percentile of waits, by nearest rank, is within its bound."""
    import numpy as np

    few = int(np.count_nonzero(waits <= round(target.wait_seconds * SECOND)))
    return few >= _rank(len(waits), target.percentile) if len(waits) else True


def _rank(count: int, percent: float) -> int:
    """The place, from 1, of the value that so many percent of ascending ones do not exceed."""
    return max(1, -(-count * round(percent * 1000) // 100_000))


def _waited(policy: Policy, world: World, outcome: Outcome | None) -> tuple[NDArray[np.int64], int]:
    """Return how long each request waited, and the time that ran on the overflow tier."""
    import numpy as np

    tier, public_waits = policy.overflow, world.public_waits
    if outcome is None:
        assert tier is not None
        return public_waits, int(world.services(tier).sum())
    waits, overflow = outcome.waits, 0
    if tier and outcome.overflows:
        flows = waits == OVERFLOWED
        waits = np.where(flows, public_waits, waits)
        overflow = int(world.services(tier)[flows].sum())
    if outcome.timeouts:
        waits = np.where(outcome.waits == TIMED_OUT, world.patience, waits)
    return waits, overflow


def _ran(policy: Policy, world: World, outcome: Outcome | None) -> NDArray[np.int64]:
    """Return how long each request ran, wherever it did; one that left did not run."""
    import numpy as np

    tier = policy.overflow
    if outcome is None or policy.instance is None:
        assert tier is not None
        return world.services(tier)
    runs = world.services(policy.instance)
    if tier and outcome.overflows:
        runs = np.where(outcome.waits == OVERFLOWED, world.services(tier), runs)
    if outcome.timeouts:
        runs = np.where(outcome.waits == TIMED_OUT, 0, runs)
    return runs


def _use(outcome: Outcome | None, period: int) -> tuple[float, float, float]:
    if outcome is None:
        return 1.0, 0.0, 0.0
    used = outcome.active / outcome.online if outcome.online else 0.0
    return used, outcome.active / period, outcome.online / period


def _is_met(
    target: Target, shares: tuple[float, float, float], cost_usd: Decimal, *, is_own: bool
) -> bool:
    """A request that left was not served in time: so many may leave as may wait too long."""
    return (
        shares[2] <= 1 - target.percentile / 100
        and (not is_own or shares[1] <= target.overflow_share)
        and (target.cost_usd is None or cost_usd <= target.cost_usd)
    )
