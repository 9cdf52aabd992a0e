"""All that a simulation is asked: demand, supply, target, what is uncertain, and how hard to look.

The rule this file owns: nothing is read from anywhere else, no clock and no file, so that the same
scenario gives the same answer for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pricing.simulator.demand import Demand
from pricing.simulator.error import ImpossibleInput
from pricing.simulator.estimate import Estimate, exactly, within
from pricing.simulator.offer import TOO_OLD_DAYS
from pricing.simulator.policy import Gpu, Policy, Tier, public

PUBLIC_WAIT_P95_RATIO = 4.0
"""Assumed where no waits were recorded: as of Replicate's boots, 30 s and 120 s."""


@dataclass(frozen=True, slots=True)
class Target:
    """What must hold in a period.

    Attributes:
        percentile: of waits, above 0 and below 100.
        wait_seconds: that percentile may be so long at most.
        overflow_share: share of requests that Replicate may take in a hybrid.
        cost_usd: the period may cost so much; None for any.
    """

    percentile: float = 95.0
    wait_seconds: float = 30.0
    overflow_share: float = 1.0
    cost_usd: Decimal | None = None

    def __post_init__(self) -> None:
        if not 0 < self.percentile < 100 or self.wait_seconds < 0:
            raise ImpossibleInput("target", self.percentile, "give a percentile and seconds")


@dataclass(frozen=True, slots=True)
class Overheads:
    """What own GPUs cost beside GPUs, for 30 days; nothing of it falls on Replicate.

    Attributes:
        ops_hours, ops_hour_usd: work of people.
        storage_gb, storage_gb_usd: images and weights.
        egress_gb_per_request, egress_gb_usd: what leaves the provider's network.
    """

    ops_hours: Decimal = Decimal(8)
    ops_hour_usd: Decimal = Decimal(100)
    tooling_usd: Decimal = Decimal(0)
    storage_gb: Decimal = Decimal(100)
    storage_gb_usd: Decimal = Decimal("0.08")
    egress_gb_per_request: Decimal = Decimal(0)
    egress_gb_usd: Decimal = Decimal("0.09")


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What nobody knows exactly, as factors on the scenario's values.

    Attributes:
        volume: number of requests.
        service: run times.
        price: prices of own GPUs.
        boot: boot times.
        public_wait_seconds: median wait of the public pool, which nobody documents.
        public_wait_p95_ratio: its 95th percentile over its median, at least 1.
    """

    volume: Estimate = field(default_factory=lambda: within(1.0, 1.5))
    service: Estimate = field(default_factory=lambda: within(1.0, 1.2))
    price: Estimate = field(default_factory=lambda: within(1.0, 1.1))
    boot: Estimate = field(default_factory=lambda: within(1.0, 1.5))
    public_wait_seconds: Estimate = field(default_factory=lambda: Estimate(0.3, 6.0))
    public_wait_p95_ratio: float = PUBLIC_WAIT_P95_RATIO


CERTAINTY = Uncertainty(*(exactly(1.0),) * 4)
"""No uncertainty but the wait of the public pool."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A question.

    Attributes:
        demand: requests, with run times on `tier`.
        tier: the Replicate tier that the demand is measured on, and that overflow goes to.
        policies: what is compared; the public model on `tier` is always among them.
        gpu: own GPU for which the best fleet, hybrid and break-even are searched; None for none.
        today: the day of asking, for the age of prices.
        days: length of the period.
        patience_seconds: clients leave after waiting so long; None for patient ones.
        replications: how often the period is played, at least 2.
        seed: from 0.
        accepts_old_prices: whether prices older than a year may be used.
    """

    demand: Demand
    tier: Tier
    today: date
    policies: tuple[Policy, ...] = ()
    gpu: Gpu | None = None
    target: Target = Target()
    overheads: Overheads = Overheads()
    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    days: int = 30
    patience_seconds: float | None = None
    replications: int = 40
    seed: int = 1
    accepts_old_prices: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 3660:
            raise ImpossibleInput("days", self.days, "give 1 to 3660")
        if not 2 <= self.replications <= 10_000:
            raise ImpossibleInput("replications", self.replications, "give 2 to 10000")
        if self.seed < 0:
            raise ImpossibleInput("seed", self.seed, "give 0 or more")
        if self.patience_seconds is not None and self.patience_seconds < 0:
            raise ImpossibleInput("patience_seconds", self.patience_seconds, "give 0 or more")
        if not self.accepts_old_prices:
            for name, as_of in self.prices():
                age = (self.today - as_of).days
                if age > TOO_OLD_DAYS:
                    help_text = "look the price up again, or accept old prices"
                    raise ImpossibleInput(f"price of {name}", f"{age} days old", help_text)

    def compared(self) -> tuple[Policy, ...]:
        """All policies, the public model on `tier` first, none twice."""
        return tuple(dict.fromkeys((public(self.tier), *self.policies)))

    def prices(self) -> tuple[tuple[str, date], ...]:
        """What is priced and when each price was read, none twice."""
        used = [self.tier, self.gpu]
        used += [one for policy in self.policies for one in (policy.instance, policy.overflow)]
        pairs = ((one.sku if isinstance(one, Tier) else one.name, one.as_of) for one in used if one)
        return tuple(dict.fromkeys(pairs))
