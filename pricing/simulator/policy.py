"""The ways to serve a demand: P0 to P6 of the method, all of them one kind of value.

The rule this file owns: a policy is a pool of instances, or none, and a Replicate tier that takes
what overflows, or none. An overflow may look at the queue's length only, which a router knows,
never at run times, which nobody knows before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pricing.simulator.autoscaler import Autoscaler
from pricing.simulator.duration import Duration
from pricing.simulator.error import ImpossibleInput
from pricing.simulator.estimate import CERTAIN, Estimate

MOST_INSTANCES = 100_000


class PolicyKind(StrEnum):
    """Which of the method's policies one is."""

    OTHER_TIER = "other-tier"
    PUBLIC = "public"
    FAST_BOOTING = "fast-booting"
    PRIVATE = "private"
    DEPLOYMENT = "deployment"
    FIXED_FLEET = "fixed-fleet"
    AUTOSCALED_FLEET = "autoscaled-fleet"
    HYBRID = "hybrid"
    LAYERED = "layered"


@dataclass(frozen=True, slots=True)
class Tier:
    """A Replicate tier.

    Attributes:
        sku: as Replicate spells it.
        second_usd: US dollars for one instance-second.
        time: run time on it over that on the reference hardware.
        source, as_of: where and when the price was read.
    """

    sku: str
    second_usd: Decimal
    source: str
    as_of: date
    time: Estimate = CERTAIN


@dataclass(frozen=True, slots=True)
class Gpu:
    """A kind of own instance: one GPU as it is paid for.

    Attributes:
        hour_usd: US dollars for one GPU-hour.
        reserved_hour_usd: the same for the part that is reserved (P6); None for no such part.
        reserved_factor: bounds of that price over what it is taken to be.
        time: run time on it over that on the reference hardware.
        boot: how long a new one takes until it serves.
        gpus_per_unit: GPUs that are sold together.
        interruptions_per_hour: how often one is taken back (spot); None for never.
    """

    name: str
    hour_usd: Decimal
    source: str
    as_of: date
    boot: Duration
    time: Estimate = CERTAIN
    reserved_hour_usd: Decimal | None = None
    reserved_factor: Estimate = CERTAIN
    gpus_per_unit: int = 1
    increment_seconds: int = 1
    interruptions_per_hour: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A way to serve a demand; made by the functions below.

    Attributes:
        instance: what the pool is of; None where there is no pool.
        overflow: the tier that takes what overflows; None where everything waits.
        smallest, largest: instances of the pool, at least and at most.
        queue_limit: requests overflow when so many wait; None for never.
        autoscaler, boot: how the pool grows; None for a fixed one.
        spares: GPUs paid for and kept idle against failures.
    """

    kind: PolicyKind
    name: str
    instance: Tier | Gpu | None
    overflow: Tier | None
    smallest: int = 0
    largest: int = 0
    queue_limit: int | None = 0
    autoscaler: Autoscaler | None = None
    boot: Duration | None = None
    spares: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.smallest <= self.largest <= MOST_INSTANCES:
            bounds = f"{self.smallest} to {self.largest}"
            help_text = f"give min below max, and {MOST_INSTANCES:,} at most"
            raise ImpossibleInput(f"{self.name}: instances", bounds, help_text)
        if not 0 <= self.spares <= MOST_INSTANCES:
            help_text = f"give 0 to {MOST_INSTANCES:,}"
            raise ImpossibleInput(f"{self.name}: spares", self.spares, help_text)
        if self.queue_limit is not None and (self.overflow is None or self.queue_limit < 0):
            raise ImpossibleInput(f"{self.name}: queue", self.queue_limit, "name where it flows")
        if self.largest == 0 and self.overflow is None:
            raise ImpossibleInput(f"{self.name}: instances", 0, "someone must serve")
        if self.smallest < self.largest and self.autoscaler is None:
            raise ImpossibleInput(f"{self.name}: autoscaler", None, "say how the pool grows")
        if isinstance(self.instance, Gpu) and self.instance.gpus_per_unit > 1 and self.autoscaler:
            units = self.instance.gpus_per_unit
            raise ImpossibleInput(
                f"{self.name}: autoscaling GPUs sold by {units}", "one at a time", "fix the fleet"
            )


def public(tier: Tier) -> Policy:
    """P1: a public model on a tier, which bills active time only."""
    return Policy(PolicyKind.PUBLIC, f"public {tier.sku}", None, tier)


def other_tier(tier: Tier) -> Policy:
    """P0: the same on another tier."""
    return Policy(PolicyKind.OTHER_TIER, f"public {tier.sku}", None, tier)


def fast_booting(tier: Tier) -> Policy:
    """A fast-booting fine-tune: billed as a public model."""
    return Policy(PolicyKind.FAST_BOOTING, f"fast-booting {tier.sku}", None, tier)


def private(tier: Tier, autoscaler: Autoscaler, boot: Duration, *, largest: int) -> Policy:
    """A private model: setup and idle are billed, and it goes to zero."""
    pool = (PolicyKind.PRIVATE, f"private {tier.sku}", tier, None, 0, largest, None)
    return Policy(*pool, autoscaler, boot)


def deployment(
    tier: Tier, autoscaler: Autoscaler, boot: Duration, *, smallest: int, largest: int
) -> Policy:
    """P2: a deployment with so many instances at least and at most, setup and idle billed."""
    name = f"deployment {tier.sku} {smallest}-{largest}"
    pool = (PolicyKind.DEPLOYMENT, name, tier, None, smallest, largest, None)
    return Policy(*pool, autoscaler if smallest < largest else None, boot)


def fixed_fleet(gpu: Gpu, count: int, *, spares: int = 0) -> Policy:
    """P3: so many own GPUs, all the time."""
    name = f"{count} x {gpu.name}"
    kind = PolicyKind.FIXED_FLEET
    pool = (kind, name, gpu, None, count, count, None, None, gpu.boot)
    return Policy(*pool, spares)


def autoscaled_fleet(
    gpu: Gpu, autoscaler: Autoscaler, *, smallest: int, largest: int, spares: int = 0
) -> Policy:
    """P4: own GPUs that come and go."""
    name = f"{smallest}-{largest} x {gpu.name}"
    pool = (PolicyKind.AUTOSCALED_FLEET, name, gpu, None, smallest, largest, None)
    return Policy(*pool, autoscaler if smallest < largest else None, gpu.boot, spares)


def hybrid(gpu: Gpu, tier: Tier, *, count: int, queue_limit: int | None, spares: int = 0) -> Policy:
    """P5: own GPUs for the base, and Replicate when the queue reaches a limit.

    Args:
        queue_limit: 0 never lets a request wait for an own GPU; None lets all wait, which is P3.
    """
    limit = "any" if queue_limit is None else queue_limit
    name = f"{count} x {gpu.name} + {tier.sku} above {limit} waiting"
    pool = (PolicyKind.HYBRID, name, gpu, tier, count, count, queue_limit, None, gpu.boot)
    return Policy(*pool, spares)


def layered(
    gpu: Gpu, tier: Tier, autoscaler: Autoscaler, *, reserved: int, largest: int, queue_limit: int
) -> Policy:
    """P6: reserved GPUs for the base, on-demand ones above it, Replicate for the peaks."""
    name = f"{reserved} reserved to {largest} x {gpu.name} + {tier.sku} above {queue_limit} waiting"
    pool = (PolicyKind.LAYERED, name, gpu, tier, reserved, largest, queue_limit)
    return Policy(*pool, autoscaler if reserved < largest else None, gpu.boot)
