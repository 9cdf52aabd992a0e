"""What a spreadsheet would say: mean load, every GPU busy all the time, nobody waits.

The rule this file owns: it is shown beside the simulated answer and never instead of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from pricing.simulator.load import Load
from pricing.simulator.policy import Gpu, Tier


@dataclass(frozen=True, slots=True)
class Naive:
    """The answer of averages.

    Attributes:
        gpus: mean load, rounded up.
        own_usd, public_usd: for the period, GPUs alone.
        utilisation: mean busy share of those GPUs.
        saving_share: what it claims that own GPUs save; below 0 where they cost more.
    """

    gpus: int
    own_usd: Decimal
    public_usd: Decimal
    utilisation: float
    saving_share: float


def answer_naively(load: Load, gpu: Gpu, tier: Tier) -> Naive:
    """Reckon with averages, as calculators do that take utilisation as an input."""
    busy = load.offered * gpu.time.middle
    gpus = max(1, ceil(busy))
    hours = Decimal(repr(load.days * 24))
    own = gpu.hour_usd * gpus * hours
    work = Decimal(repr(load.offered * tier.time.middle))
    rented = tier.second_usd * 3600 * hours * work
    saving = float(1 - own / rented) if rented else 0.0
    return Naive(gpus, own, rented, busy / gpus, saving)
