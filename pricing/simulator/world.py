"""One replication: a draw of everything uncertain, and the requests that come in it.

The rule this file owns: every random number comes from the seed, the replication and the name of
what it is for, so that all policies meet the same world (common random numbers) and adding a policy
changes no other's answer. Each uncertain factor is drawn once from each of as many equal slices as
there are replications (Latin hypercube).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from zlib import crc32

from pricing.simulator.demand import DAY, Demand, Profile, Recording, Trace, draw_trace
from pricing.simulator.duration import (
    SECOND,
    Duration,
    draw_durations,
    lognormal_by_median,
    scale_to_whole,
)
from pricing.simulator.estimate import Estimate
from pricing.simulator.kernel import NEVER
from pricing.simulator.policy import Gpu, Policy, Tier
from pricing.simulator.pool import Hits
from pricing.simulator.scenario import Scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

BOOTS = 4096
"""Boot times drawn for a replication, used in turn."""
MOST_REQUESTS = 150_000
"""As many as a search looks at in one world."""
_MIDDLE = 0.5
_DRAWN_FROM = frozenset({"volume", "run time", "public wait", "price of own GPUs"})
"""The uncertain numbers that `make_world` itself draws; all others are drawn by who needs them."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Where in its range each uncertain number lies.

    Attributes:
        replication: its number, from 0.
        count: how many there are; 0 to take every number at its middle.
        fixed: shares set by name, before all else.
    """

    seed: int
    replication: int
    count: int
    fixed: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, name: str) -> float:
        """The share of one uncertain number, from 0 to 1."""
        if name in self.fixed or self.count == 0:
            return self.fixed.get(name, _MIDDLE)
        generator = stream(self.seed, 0, f"share of {name}")
        place = generator.permutation(self.count)[self.replication]
        within = generator.random(self.count)[self.replication]
        return float((place + within) / self.count)

    def draw(self, name: str, estimate: Estimate) -> float:
        """One uncertain number."""
        return estimate.low if estimate.is_certain else estimate.at(self.of(name))


def stream(seed: int, replication: int, name: str) -> Generator:
    """A generator of its own for what is drawn under a name (Philox, counter-based)."""
    import numpy as np

    sequence = np.random.SeedSequence(seed, spawn_key=(replication, crc32(name.encode())))
    return np.random.Generator(np.random.Philox(sequence))


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What every policy meets in one replication.

    Attributes:
        normals: standard normal numbers for boots.
        public_waits: nanoseconds that each request would wait in the public pool.
        markup: factor on the prices of own GPUs.
    """

    scenario: Scenario
    shares: Shares
    trace: Trace
    normals: NDArray[np.float64]
    public_waits: NDArray[np.int64]
    markup: float
    _scaled: dict[float, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def patience(self) -> int:
        """Nanoseconds after which clients leave."""
        seconds = self.scenario.patience_seconds
        return NEVER if seconds is None else round(seconds * SECOND)

    def time_factor(self, instance: Tier | Gpu) -> float:
        """Run time on an instance over that on the reference tier."""
        name = instance.sku if isinstance(instance, Tier) else instance.name
        return self.shares.draw(f"time on {name}", instance.time)

    def reserved_markup(self, instance: Tier | Gpu | None) -> float:
        """Factor on the price of what is reserved of own GPUs."""
        if not isinstance(instance, Gpu):
            return self.markup
        factor = self.shares.draw(f"reserved price of {instance.name}", instance.reserved_factor)
        return self.markup * factor

    def services(self, instance: Tier | Gpu) -> NDArray[np.int64]:
        """Run times on an instance, in nanoseconds."""
        factor = self.time_factor(instance)
        if factor not in self._scaled:
            self._scaled[factor] = scale_to_whole(self.trace.services, factor)
        return self._scaled[factor]

    def boots(self, boot: Duration) -> NDArray[np.int64]:
        """Boot times, in nanoseconds."""
        factor = self.shares.draw("boot time", self.scenario.uncertainty.boot)
        return draw_durations(boot, self.normals, factor)

    def hits(self, policy: Policy) -> Hits | None:
        """When instances of a policy may be taken back; None where they never are."""
        gpu = policy.instance
        if not isinstance(gpu, Gpu) or gpu.interruptions_per_hour is None:
            return None
        rate = self.shares.draw(f"interruptions of {gpu.name}", gpu.interruptions_per_hour)
        generator = stream(self.shares.seed, self.shares.replication, "interruptions")
        count = generator.poisson(rate * policy.largest * self.trace.period / SECOND / 3600)
        instants = generator.integers(0, self.trace.period, count)
        instants.sort()
        return Hits(instants, generator.integers(0, policy.largest, count))


def make_world(scenario: Scenario, shares: Shares) -> World:
    """Draw what one replication is like."""
    uncertain, replication = scenario.uncertainty, shares.replication
    trace = draw_trace(
        scenario.demand,
        period_of(scenario),
        stream(shares.seed, replication, "requests"),
        volume=shares.draw("volume", uncertain.volume),
        service=shares.draw("run time", uncertain.service),
    )
    median = shares.draw("public wait", uncertain.public_wait_seconds)
    public = stream(shares.seed, replication, "public waits")
    wait = lognormal_by_median(median, uncertain.public_wait_p95_ratio * median)
    return World(
        scenario,
        shares,
        trace,
        stream(shares.seed, replication, "boots").standard_normal(BOOTS),
        draw_durations(wait, public.standard_normal(len(trace.arrivals))),
        shares.draw("price of own GPUs", uncertain.price),
    )


def vary(world: World, name: str, share: float) -> World:
    """The same world but for one uncertain number; drawn again only where it moves a draw."""
    shares = replace(world.shares, fixed={**world.shares.fixed, name: share})
    if name in _DRAWN_FROM:
        return make_world(world.scenario, shares)
    return replace(world, shares=shares)


def shorten(scenario: Scenario) -> Scenario:
    """Cut the period to whole weeks with about MOST_REQUESTS, at least one; no replay is cut."""
    demand = scenario.demand
    if isinstance(demand, Recording) and not demand.is_resampled:
        return scenario
    daily = requests_per_day(demand) * scenario.uncertainty.volume.middle
    weeks = max(1, min(scenario.days // 7, int(MOST_REQUESTS / daily / 7)))
    return replace(scenario, days=min(scenario.days, weeks * 7))


def requests_per_day(demand: Demand) -> float:
    """Mean number of requests a day."""
    if isinstance(demand, Profile):
        return demand.requests_per_day
    return len(demand.arrivals) * DAY / demand.length


def period_of(scenario: Scenario) -> int:
    """Length of what is simulated, in nanoseconds; a replay lasts no longer than its recording."""
    period = scenario.days * DAY
    demand = scenario.demand
    if isinstance(demand, Recording) and not demand.is_resampled:
        return min(period, demand.length)
    return period
