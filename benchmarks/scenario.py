"""The scenario that the simulator's cold start is measured on: every policy once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from pricing.simulator.autoscaler import REPLICATE_BOOT, WARM_IMAGE_BOOT, find_autoscaler
from pricing.simulator.demand import Profile
from pricing.simulator.duration import Lognormal
from pricing.simulator.estimate import Estimate, within
from pricing.simulator.policy import (
    Gpu,
    Tier,
    autoscaled_fleet,
    deployment,
    fast_booting,
    layered,
    other_tier,
    private,
)
from pricing.simulator.scenario import Scenario

TODAY = date(2026, 11, 21)


def month_of_all_policies(requests_per_day: float = 10_000) -> Scenario:
    """30 days, 40 replications; the search adds the best fleet and the best hybrid (P3, P5)."""
    tier = Tier("gpu-a100-large", Decimal("0.0014"), "replicate's price page", TODAY)
    quick = Tier("gpu-h100", Decimal("0.001525"), tier.source, TODAY, within(1 / 3, 1.25))
    price = Decimal("1.79")
    gpu = Gpu("A100-80", price, "runpod", TODAY, WARM_IMAGE_BOOT, within(1.0, 1.25))
    spot = replace(gpu, name="A100-80 spot", interruptions_per_hour=Estimate(0.01, 0.1))
    reserved = replace(gpu, reserved_hour_usd=Decimal("1.2"))
    scaler, knative = find_autoscaler("replicate"), find_autoscaler("knative")
    return Scenario(
        Profile(requests_per_day, Lognormal(6, 0.5)),
        tier,
        TODAY,
        policies=(
            other_tier(quick),
            fast_booting(tier),
            private(tier, scaler, REPLICATE_BOOT, largest=50),
            deployment(tier, scaler, REPLICATE_BOOT, smallest=1, largest=20),
            autoscaled_fleet(spot, knative, smallest=1, largest=20),
            layered(reserved, tier, knative, reserved=1, largest=6, queue_limit=4),
        ),
        gpu=gpu,
    )
