"""The smallest fleet that meets the target, the best hybrid, and what each GPU is worth.

The rule this file owns: what is found must hold in nine of ten worlds that differ in everything
uncertain, all policies at the same ones. A fixed fleet waits less in every world the larger it is,
request by request, so bisection is exact; a hybrid overflows less the longer its queue may grow, so
that is bisected too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil
from statistics import fmean

from pricing.simulator.comparison import utilisation_needed
from pricing.simulator.compiled import Kernel
from pricing.simulator.error import ImpossibleInput
from pricing.simulator.policy import Gpu, Policy, Tier, fixed_fleet, hybrid, public
from pricing.simulator.trial import Trial, try_policy
from pricing.simulator.world import World

QUEUES = (0, 1, 2, 4, 8, 16, 32, 64)
MOST_GPUS = 4096
MOST_WORTHS = 64
_TOO_MUCH = Decimal("Infinity")
LIKELY = 0.9
"""A target is likely to be met if it was in so many of the worlds."""


@dataclass(frozen=True, slots=True)
class GpuWorth:
    """What one more GPU does.

    Attributes:
        gpu: the first, the second, ….
        utilisation: busy share of it when the GPUs before it are asked first and nothing waits.
        needed: busy share r at which it costs what it spares at Replicate.
    """

    gpu: int
    utilisation: float
    needed: float

    @property
    def pays(self) -> bool:
        """Whether it is busier than it must be."""
        return self.utilisation > self.needed


@dataclass(frozen=True, slots=True)
class Sizing:
    """What own GPUs can do for a demand.

    Attributes:
        public_usd: mean cost of the public model in the worlds searched, whose period may be
            shorter than the scenario's; `fleet_usd` and `hybrid_usd` likewise.
        fleet: the smallest fixed fleet that meets the target; None where none does.
        hybrid: the cheapest hybrid that meets the target; None where none does.
        worths: GPU by GPU, up to the first that does not pay, 64 at most.
        needed: the busy share r that a GPU must exceed.
        break_even_ratio: r* of the fleet: where own GPUs cost less than this share of Replicate's
            price for the same work, the fleet wins; None without a fleet, at most 0 where never.
    """

    public_usd: Decimal
    fleet: Policy | None
    fleet_usd: Decimal | None
    hybrid: Policy | None
    hybrid_usd: Decimal | None
    worths: tuple[GpuWorth, ...]
    needed: float
    break_even_ratio: float | None

    def found(self, known: Sequence[Policy]) -> list[Policy]:
        """The fleet and the hybrid that were found and are not known."""
        return [one for one in (self.fleet, self.hybrid) if one and one not in known]


def size(
    worlds: Sequence[World], gpu: Gpu, tier: Tier, kernel: Kernel, *, with_worths: bool = True
) -> Sizing:
    """Search the best own fleet and the best hybrid for a demand."""
    public_usd = mean_usd(_play(public(tier), worlds, kernel))
    needed = utilisation_needed(gpu.hour_usd, gpu.time.middle / tier.time.middle, tier.second_usd)
    fleet = smallest_fleet(worlds, gpu, kernel)
    fleet_usd = mean_usd(_play(fleet, worlds, kernel)) if fleet else None
    best = best_hybrid(worlds, gpu, tier, kernel)
    worths = gpu_worths(worlds, gpu, tier, needed, kernel=kernel) if with_worths else ()
    sizing = Sizing(
        public_usd=public_usd,
        fleet=fleet,
        fleet_usd=fleet_usd,
        hybrid=best[0] if best else None,
        hybrid_usd=best[1] if best else None,
        worths=worths,
        needed=needed,
        break_even_ratio=None,
    )
    return replace(sizing, break_even_ratio=_break_even_ratio(sizing, worlds, gpu))


def resize(
    sizing: Sizing,
    worlds: Sequence[World],
    kernel: Kernel,
    *,
    fleet: Policy | None,
    mixed: Policy | None,
) -> Sizing:
    """The same with another fleet and hybrid, in the worlds that were searched."""
    fleet_usd = mean_usd(_play(fleet, worlds, kernel)) if fleet else None
    mixed_usd = mean_usd(_play(mixed, worlds, kernel)) if mixed else None
    found = replace(sizing, fleet=fleet, fleet_usd=fleet_usd, hybrid=mixed, hybrid_usd=mixed_usd)
    gpu = worlds[0].scenario.gpu
    ratio = _break_even_ratio(found, worlds, gpu) if gpu else None
    return replace(found, break_even_ratio=ratio)


def _break_even_ratio(sizing: Sizing, worlds: Sequence[World], gpu: Gpu) -> float | None:
    if sizing.fleet is None or sizing.fleet_usd is None:
        return None
    rented = gpu.hour_usd * 24 * worlds[0].scenario.days * _paid_for(sizing.fleet, gpu)
    if not rented:
        return None
    return sizing.needed * float((sizing.public_usd - sizing.fleet_usd + rented) / rented)


def smallest_fleet(worlds: Sequence[World], gpu: Gpu, kernel: Kernel) -> Policy | None:
    """Find the smallest fixed fleet that is likely to meet the target's wait, by bisection."""
    low, high = 0, max(1, ceil(offered(worlds, gpu)))
    if high > MOST_GPUS:
        return None
    while not _waits_little(fixed_fleet(gpu, high), worlds, kernel):
        low, high = high, high * 2
        if high > MOST_GPUS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if _waits_little(fixed_fleet(gpu, middle), worlds, kernel):
            high = middle
        else:
            low = middle
    return fixed_fleet(gpu, high)


def best_hybrid(
    worlds: Sequence[World], gpu: Gpu, tier: Tier, kernel: Kernel
) -> tuple[Policy, Decimal] | None:
    """Find the cheapest hybrid that meets the target, taking its cost to fall and then to rise.

    It is looked for in steps of about an eighth of the load, up to where two more steps cost more,
    and then around the best in steps of half the length, down to single units.
    """
    unit, busy = gpu.gpus_per_unit, offered(worlds, gpu)
    most = min(2 * busy + 8 * unit, MOST_GPUS)
    found: dict[int, tuple[Policy, Decimal] | None] = {}

    def cost_usd(count: int) -> Decimal:
        if count not in found:
            is_possible = 0 < count <= most
            found[count] = _longest_queue(worlds, gpu, tier, count, kernel) if is_possible else None
        hybrid_found = found[count]
        return hybrid_found[1] if hybrid_found else _TOO_MUCH

    step = unit * 2 ** max(0, int(busy / unit / 8).bit_length() - 1)
    best = count = step
    while count <= best + 2 * step or (cost_usd(best) == _TOO_MUCH and count <= most):
        best = min(best, count, key=cost_usd)
        count += step
    while step > unit:
        step //= 2
        best = min(best, best - step, best + step, key=cost_usd)
    return found[best]


def _longest_queue(
    worlds: Sequence[World], gpu: Gpu, tier: Tier, count: int, kernel: Kernel
) -> tuple[Policy, Decimal] | None:
    """Find the longest queue that still meets the target, and what the hybrid then costs."""
    low, high = -1, len(QUEUES)
    found: tuple[Policy, Decimal] | None = None
    while high - low > 1:
        middle = (low + high) // 2
        policy = hybrid(gpu, tier, count=count, queue_limit=QUEUES[middle])
        trials = _play(policy, worlds, kernel)
        if _is_likely_met(trials):
            low, found = middle, (policy, mean_usd(trials))
        else:
            high = middle
    return found


def gpu_worths(
    worlds: Sequence[World], gpu: Gpu, tier: Tier, needed: float, *, kernel: Kernel
) -> tuple[GpuWorth, ...]:
    """Measure how busy each further GPU would be (Moe's principle, simulated)."""
    found: list[GpuWorth] = []
    before = 0.0
    for count in range(1, MOST_WORTHS + 1):
        policy = hybrid(gpu, tier, count=count, queue_limit=0)
        busy = fmean(trial.busy for trial in _play(policy, worlds, kernel))
        found.append(GpuWorth(count, busy - before, needed))
        before = busy
        if not found[-1].pays:
            break
    return tuple(found)


def offered(worlds: Sequence[World], gpu: Gpu) -> float:
    """Own GPUs that would be busy on average."""
    return fmean(
        float(world.services(gpu).sum(dtype="float64")) / world.trace.period for world in worlds
    )


def mean_usd(trials: Sequence[Trial]) -> Decimal:
    """Mean cost."""
    if not trials:
        raise ImpossibleInput("worlds", 0, "play at least one")
    return sum((trial.cost_usd for trial in trials), Decimal(0)) / len(trials)


def _play(policy: Policy, worlds: Sequence[World], kernel: Kernel) -> list[Trial]:
    return [try_policy(policy, world, kernel, shown=()) for world in worlds]


def _waits_little(policy: Policy, worlds: Sequence[World], kernel: Kernel) -> bool:
    trials = _play(policy, worlds, kernel)
    return fmean(trial.is_in_time for trial in trials) >= LIKELY


def _is_likely_met(trials: Sequence[Trial]) -> bool:
    return fmean(trial.is_met for trial in trials) >= LIKELY


def _paid_for(policy: Policy, gpu: Gpu) -> int:
    return -(-policy.largest // gpu.gpus_per_unit) * gpu.gpus_per_unit
