"""Small scenarios that the tests of the simulator share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np

from pricing.simulator.autoscaler import WARM_IMAGE_BOOT, Autoscaler
from pricing.simulator.demand import DAY, FLAT_WEEK, Demand, Profile, Recording
from pricing.simulator.duration import SECOND, Lognormal
from pricing.simulator.estimate import exactly
from pricing.simulator.policy import Gpu, Policy, Tier
from pricing.simulator.scenario import CERTAINTY, Overheads, Scenario, Uncertainty

TODAY = date(2026, 11, 21)
TIER = Tier("gpu-a100-large", Decimal("0.0014"), "replicate@2025-12-01", TODAY)
GPU = Gpu("A100-80", Decimal("1.79"), "runpod", TODAY, WARM_IMAGE_BOOT)
SCALER = Autoscaler("test", exactly(60.0))
PROFILE = Profile(2000, Lognormal(6, 0.5), week=FLAT_WEEK)
NOTHING_ELSE = Overheads(*(Decimal(0),) * 7)


def scenario(
    demand: Demand = PROFILE,
    *,
    policies: tuple[Policy, ...] = (),
    gpu: Gpu | None = None,
    days: int = 2,
    replications: int = 3,
    uncertainty: Uncertainty = CERTAINTY,
    overheads: Overheads = NOTHING_ELSE,
    patience_seconds: float | None = None,
) -> Scenario:
    return Scenario(
        demand,
        TIER,
        TODAY,
        policies=policies,
        gpu=gpu,
        days=days,
        replications=replications,
        uncertainty=uncertainty,
        overheads=overheads,
        patience_seconds=patience_seconds,
    )


def recording(*, days: int = 2, count: int = 500, is_resampled: bool = False) -> Recording:
    pick = np.random.default_rng(7)
    arrivals = np.sort(pick.integers(0, days * DAY, count))
    services = pick.integers(1, 20 * SECOND, count)
    return Recording(arrivals, services, days * DAY, is_resampled=is_resampled)
