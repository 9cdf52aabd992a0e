"""From instance time to money, part by part, exactly.

The rule this file owns: time is whole nanoseconds and a price is Decimal, so that what a public
model costs equals what the ledger would charge for the same runs, to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

from pricing.money import add_exact, multiply_exact
from pricing.simulator.demand import DAY
from pricing.simulator.duration import SECOND
from pricing.simulator.error import TooLong
from pricing.simulator.kernel import NEVER
from pricing.simulator.policy import Gpu, Policy, Tier
from pricing.simulator.pool import Outcome
from pricing.simulator.scenario import Overheads

_ROUNDED = Context(prec=40)
_HOUR = Decimal(3600)
_ZERO = Decimal(0)


class Part(StrEnum):
    """What a cost is made of."""

    ACTIVE = "active"
    SETUP = "setup"
    IDLE = "idle"
    RESERVED = "reserved"
    ON_DEMAND = "on-demand"
    ROUNDING = "rounding"
    OVERFLOW = "overflow"
    OPS = "ops"
    TOOLING = "tooling"
    STORAGE = "storage"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True)
class Metered:
    """What a policy used in a period; times in nanoseconds.

    Attributes:
        outcome: what came of the pool; None where there is none.
        overflow: time of what ran on the overflow tier, on that tier.
        own_requests: requests that the pool served.
        markup: factor on the prices of own GPUs; `reserved_markup` on those of what is reserved.
    """

    outcome: Outcome | None
    overflow: int
    own_requests: int
    period: int
    markup: float = 1.0
    reserved_markup: float = 1.0


def bill(policy: Policy, metered: Metered, overheads: Overheads) -> dict[Part, Decimal]:
    """Return what a period costs, in US dollars, by part; parts that are nothing are left out.

    Raises:
        TooLong: more instance time is paid for than is counted exactly.
    """
    parts: dict[Part, Decimal] = {}
    if policy.overflow:
        parts[Part.OVERFLOW] = per_second(metered.overflow, policy.overflow.second_usd)
    match policy.instance, metered.outcome:
        case Tier() as tier, Outcome() as outcome:
            parts |= _by_use(outcome, tier.second_usd)
        case Gpu() as gpu, Outcome() as outcome:
            parts |= _own(policy, gpu, outcome, metered)
            parts |= _overheads(overheads, metered)
        case _:
            pass
    return {part: amount for part, amount in parts.items() if amount}


def total(parts: Mapping[Part, Decimal]) -> Decimal:
    """Add the parts."""
    return add_exact(list(parts.values()))


def per_second(nanoseconds: int, second_usd: Decimal) -> Decimal:
    """Price a time by the second, exactly."""
    return multiply_exact(Decimal(nanoseconds).scaleb(-9), second_usd)


def sold(policy: Policy, gpu: Gpu) -> int:
    """GPUs that must be paid for all the time: the fleet and its spares, in whole units."""
    return -(-(policy.smallest + policy.spares) // gpu.gpus_per_unit) * gpu.gpus_per_unit


def _by_use(outcome: Outcome, second_usd: Decimal) -> dict[Part, Decimal]:
    return {
        Part.ACTIVE: per_second(outcome.active, second_usd),
        Part.SETUP: per_second(outcome.setup, second_usd),
        Part.IDLE: per_second(outcome.idle, second_usd),
    }


def _own(policy: Policy, gpu: Gpu, outcome: Outcome, metered: Metered) -> dict[Part, Decimal]:
    if sold(policy, gpu) * metered.period > NEVER:
        raise TooLong(sold(policy, gpu) * metered.period / SECOND / 3600)
    second = _second_usd(gpu.hour_usd, metered.markup)
    unused = (sold(policy, gpu) - policy.smallest) * metered.period
    rented = max(outcome.sessions - policy.smallest, 0)
    rounding = rented * (gpu.increment_seconds - 1) * SECOND // 2
    parts = {Part.ROUNDING: per_second(rounding, second)}
    if gpu.reserved_hour_usd is None:
        parts |= _by_use(outcome, second)
        parts[Part.IDLE] += per_second(unused, second)
        return parts
    reserved = sold(policy, gpu) * metered.period
    reserved_second = _second_usd(gpu.reserved_hour_usd, metered.reserved_markup)
    above = max(outcome.online - policy.smallest * metered.period, 0)
    parts[Part.RESERVED] = per_second(reserved, reserved_second)
    parts[Part.ON_DEMAND] = per_second(above, second)
    return parts


def _second_usd(hour_usd: Decimal, markup: float) -> Decimal:
    return _ROUNDED.divide(hour_usd * Decimal(repr(round(markup, 9))), _HOUR)


def _overheads(overheads: Overheads, metered: Metered) -> dict[Part, Decimal]:
    months = _ROUNDED.divide(Decimal(metered.period), Decimal(30 * DAY))
    gigabytes = metered.own_requests * overheads.egress_gb_per_request
    return {
        Part.OPS: overheads.ops_hours * overheads.ops_hour_usd * months,
        Part.TOOLING: overheads.tooling_usd * months,
        Part.STORAGE: overheads.storage_gb * overheads.storage_gb_usd * months,
        Part.EGRESS: gigabytes * overheads.egress_gb_usd,
    }
