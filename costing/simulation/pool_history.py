"""What deployments and private models did: calibrated, and played again as they were calibrated.

Rule of this file: the calibration is held against what was seen. The largest pool is played with
its own requests, boots and idle timeout, and its waits stand beside those that were recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.simulator.autoscaler import find_autoscaler
from pricing.simulator.calibration import Calibration
from pricing.simulator.demand import DAY, Recording
from pricing.simulator.duration import lognormal_by_median
from pricing.simulator.policy import Tier, private
from pricing.simulator.scenario import CERTAINTY, Scenario
from pricing.simulator.trial import try_policy
from pricing.simulator.world import Shares, make_world

if TYPE_CHECKING:
    from datetime import date

    from pricing.simulator.compiled import Kernel

_FREE = Decimal(0)
MOST_DAYS = 3660
"""As many as `pricing.simulator.scenario.Scenario` takes."""
MOST_INSTANCES = 100
"""Of a pool that is played again; as Replicate's preset boots at once."""


@dataclass(frozen=True, slots=True)
class WaitsSeen:
    """Waits from creation to start, in seconds; all None where no record shows one.

    Attributes:
        pool: the deployment or private model that was waited for; None for the public pool.
        requests, seen: all of them, and those whose wait a record shows.
    """

    pool: str | None
    requests: int
    seen: int
    p50: Decimal | None
    p95: Decimal | None
    p99: Decimal | None


@dataclass(frozen=True, slots=True)
class PoolSeen:
    """A deployment or private model.

    Attributes:
        modelled: waits in seconds at P50, P95 and P99 as the calibrated pool makes them.
    """

    waits: WaitsSeen
    modelled: tuple[float, ...]


def replay_pool(
    waits: WaitsSeen, recording: Recording, found: Calibration, today: date, kernel: Kernel
) -> PoolSeen | None:
    """Play a pool again as it was calibrated; None where that is not known in full."""
    if found.boot_median_seconds is None or found.boot_p95_seconds is None:
        return None
    if found.idle_seconds is None:
        return None
    scaler = replace(find_autoscaler("replicate"), idle_seconds=found.idle_seconds)
    boot = lognormal_by_median(found.boot_median_seconds, found.boot_p95_seconds)
    tier = Tier("pool", _FREE, "the ledger", today)
    days = min(-(-recording.length // DAY), MOST_DAYS)
    scenario = Scenario(recording, tier, today, uncertainty=CERTAINTY, days=days)
    world = make_world(scenario, Shares(scenario.seed, 0, 0))
    policy = private(tier, scaler, boot, largest=MOST_INSTANCES)
    return PoolSeen(waits, try_policy(policy, world, kernel).waits)
