"""At which volumes own GPUs are cheaper: intervals, since a fleet's cost is a staircase.

The rule this file owns: a volume between two that were played is never claimed to be on either
side; the edges of an interval are the last volume seen on one side and the first on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pricing.simulator.comparison import map_parallel
from pricing.simulator.compiled import Kernel
from pricing.simulator.estimate import exactly
from pricing.simulator.policy import Gpu
from pricing.simulator.scenario import Scenario
from pricing.simulator.search import Sizing, size
from pricing.simulator.world import Shares, make_world, requests_per_day, shorten

FACTORS = tuple(2.0 ** (step / 2) for step in range(-6, 7))
"""Volumes that are played, as factors on the scenario's: an eighth to eight times."""
MOST_PLAYED = 12_000_000
"""Requests of the shortest period at a volume; one with more is left out for want of memory."""


@dataclass(frozen=True, slots=True)
class VolumePoint:
    """Costs at one volume, for the scenario's period.

    Attributes:
        factor: on the scenario's volume.
        requests_per_day: mean.
        fleet_usd, hybrid_usd: of the smallest fleet and the best hybrid that meet the target;
            None where none does.
    """

    factor: float
    requests_per_day: float
    public_usd: Decimal
    fleet_usd: Decimal | None
    hybrid_usd: Decimal | None

    @property
    def own_usd(self) -> Decimal | None:
        """The cheaper of fleet and hybrid."""
        known = [usd for usd in (self.fleet_usd, self.hybrid_usd) if usd is not None]
        return min(known, default=None)

    @property
    def is_own_cheaper(self) -> bool:
        """Whether own GPUs, alone or with Replicate, cost less than the public model alone."""
        return self.own_usd is not None and self.own_usd < self.public_usd


@dataclass(frozen=True, slots=True)
class Interval:
    """Volumes at which own GPUs are cheaper, in requests a day.

    Attributes:
        opens_after, opens_by: the last volume seen not to pay (None where none is), and the first
            seen to pay.
        closes_after, closes_by: the last seen to pay, and the first above it that does not (None
            where none was seen).
    """

    opens_after: float | None
    opens_by: float
    closes_after: float
    closes_by: float | None


def play_volumes(
    scenario: Scenario, gpu: Gpu, kernel: Kernel, *, workers: int = 1
) -> list[VolumePoint]:
    """Size own GPUs at every volume of FACTORS, one world each, everything uncertain at its middle.

    What varies between worlds is small beside the steps between volumes.
    """
    # The longest first, so that no worker is left with it at the end.
    weekly = 7 * requests_per_day(scenario.demand) * scenario.uncertainty.volume.middle
    factors = [factor for factor in reversed(FACTORS) if weekly * factor <= MOST_PLAYED]
    points = map_parallel(lambda factor: _point(scenario, gpu, factor, kernel), factors, workers)
    return points[::-1]


def find_intervals(points: Sequence[VolumePoint]) -> tuple[Interval, ...]:
    """Find the stretches of volumes at which own GPUs are cheaper; points ascend by volume."""
    found: list[Interval] = []
    start: int | None = None
    for place, point in enumerate([*points, None]):
        pays = point is not None and point.is_own_cheaper
        if pays and start is None:
            start = place
        elif not pays and start is not None:
            found.append(
                Interval(
                    points[start - 1].requests_per_day if start else None,
                    points[start].requests_per_day,
                    points[place - 1].requests_per_day,
                    point.requests_per_day if point else None,
                )
            )
            start = None
    return tuple(found)


def _point(scenario: Scenario, gpu: Gpu, factor: float, kernel: Kernel) -> VolumePoint:
    volume = scenario.uncertainty.volume.middle * factor
    uncertain = replace(scenario.uncertainty, volume=exactly(volume))
    short = shorten(replace(scenario, uncertainty=uncertain))
    world = make_world(short, Shares(scenario.seed, 0, 0))
    sizing = size([world], gpu, scenario.tier, kernel, with_worths=False)
    daily = requests_per_day(scenario.demand) * volume
    return _scaled(sizing, factor, daily, Decimal(scenario.days) / short.days)


def _scaled(sizing: Sizing, factor: float, daily: float, periods: Decimal) -> VolumePoint:
    fleet, mixed = sizing.fleet_usd, sizing.hybrid_usd
    return VolumePoint(
        factor,
        daily,
        sizing.public_usd * periods,
        None if fleet is None else fleet * periods,
        None if mixed is None else mixed * periods,
    )
