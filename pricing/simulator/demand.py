"""When requests come and how long each runs: guessed by a weekly profile, or recorded.

The rule this file owns: a profile is a doubly stochastic Poisson process, whose rate follows the
hours of the week, growth and calendar, and wavers from minute to minute; a recording is replayed as
it was, or resampled by whole weeks, never by single requests, which would lose its bursts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricing.simulator.duration import SECOND, Duration, draw_durations, scale_to_whole
from pricing.simulator.error import ImpossibleInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

HOUR = 3600 * SECOND
DAY, WEEK = 24 * HOUR, 168 * HOUR
MINUTE = 60 * SECOND
_DAYTIME = (0.25,) * 7 + (0.6, 1.2) + (2.0,) * 8 + (1.5, 1.1, 0.8, 0.6, 0.5, 0.4, 0.3)
BUSINESS_WEEK = tuple(hour for _ in range(5) for hour in _DAYTIME) + (0.3,) * 48
"""A guess: work days from eight to five carry most of it, weekends little. Monday 0:00 first."""
FLAT_WEEK = (1.0,) * 168


@dataclass(frozen=True, slots=True)
class Profile:
    """Demand as guessed.

    Attributes:
        requests_per_day: mean over a week, above 0.
        service: how long a request runs on the reference hardware.
        week: weights of the 168 hours from Monday 0:00 on; only their ratios count.
        burstiness: variance of the minute rate over its squared mean (cv2); 0 for plain Poisson.
        growth_per_week: factor from one week to the next.
        calendar: factor of each day of the period, used in turn; empty for none.
    """

    requests_per_day: float
    service: Duration
    week: tuple[float, ...] = BUSINESS_WEEK
    burstiness: float = 0.5
    growth_per_week: float = 1.0
    calendar: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.requests_per_day < float("inf"):
            raise ImpossibleInput("requests_per_day", self.requests_per_day, "give more than 0")
        if len(self.week) != 168 or min(self.week) < 0 or sum(self.week) <= 0:
            raise ImpossibleInput("week", len(self.week), "give 168 weights from 0")
        if not 0 <= self.burstiness < float("inf"):
            raise ImpossibleInput("burstiness", self.burstiness, "give 0 or more")
        if self.growth_per_week <= 0 or any(factor < 0 for factor in self.calendar):
            raise ImpossibleInput("growth", self.growth_per_week, "give factors above 0")

    def expected(self, period: int) -> float:
        """Requests to expect in a period, with growth and calendar; its last hour in full."""
        return float(self.hour_rates(period).sum()) * 3600

    def hour_rates(self, period: int) -> NDArray[np.float64]:
        """Requests a second in each hour of a period of so many nanoseconds."""
        import numpy as np

        hours = np.arange(-(-period // HOUR))
        weights = np.array(self.week) / (sum(self.week) / 168)
        rates = self.requests_per_day / 86_400 * weights[hours % 168]
        rates = rates * self.growth_per_week ** (hours / 168)
        if self.calendar:
            rates = rates * np.array(self.calendar)[(hours // 24) % len(self.calendar)]
        return rates


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Demand as recorded.

    Attributes:
        arrivals: ascending nanoseconds from the begin of the recording.
        services: nanoseconds that each ran.
        length: nanoseconds that were recorded.
        is_resampled: whether replications draw whole weeks of it, else all replay it as it was.
    """

    arrivals: NDArray[np.int64]
    services: NDArray[np.int64]
    length: int
    is_resampled: bool = False

    def __post_init__(self) -> None:
        count = len(self.arrivals)
        if count == 0 or count != len(self.services):
            raise ImpossibleInput("recording", count, "give as many services as arrivals")
        if (self.arrivals[1:] < self.arrivals[:-1]).any() or self.arrivals[0] < 0:
            raise ImpossibleInput("recording", "arrivals out of order", "sort them")
        if self.arrivals[-1] >= self.length or (self.services < 1).any():
            raise ImpossibleInput("recording", "a time outside it", "mend length or services")
        if self.is_resampled and self.length < WEEK:
            days = round(self.length / DAY, 1)
            raise ImpossibleInput("recording", f"of {days} days", "record at least one whole week")


Demand = Profile | Recording


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Requests of one replication, on the reference hardware.

    Attributes:
        arrivals: ascending nanoseconds within [0, period).
        services: nanoseconds that each runs.
        period: nanoseconds.
    """

    arrivals: NDArray[np.int64]
    services: NDArray[np.int64]
    period: int


def draw_trace(
    demand: Demand, period: int, generator: Generator, *, volume: float, service: float
) -> Trace:
    """Draw the requests of a period.

    Args:
        volume: factor on the number of requests.
        service: factor on how long each runs.
    """
    if isinstance(demand, Profile):
        arrivals = _arrive(demand, period, generator, volume)
        normals = generator.standard_normal(len(arrivals))
        return Trace(arrivals, draw_durations(demand.service, normals, service), period)
    arrivals, services = _replay(demand, period, generator, volume)
    return Trace(arrivals, scale_to_whole(services, service), period)


def _arrive(
    profile: Profile, period: int, generator: Generator, volume: float
) -> NDArray[np.int64]:
    """Draw the number of each minute, and its instants within it."""
    import numpy as np

    minutes = -(-period // MINUTE)
    means = np.repeat(profile.hour_rates(period), 60)[:minutes] * 60 * volume
    if profile.burstiness > 0:
        shape = 1 / profile.burstiness
        means = means * generator.gamma(shape, 1 / shape, minutes)
    counts = generator.poisson(means)
    within = generator.integers(0, MINUTE, int(counts.sum()))
    arrivals = np.repeat(np.arange(minutes) * MINUTE, counts) + within
    arrivals.sort()
    return arrivals[arrivals < period]


def _replay(
    recording: Recording, period: int, generator: Generator, volume: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lay copies of the recording over each other: whole ones, and a thinned one for the rest."""
    import numpy as np

    layers: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    whole = int(volume)
    for share in (*(1.0,) * whole, volume - whole):
        if share > 0:
            arrivals, services = _one_copy(recording, period, generator)
            kept = slice(None) if share == 1.0 else generator.random(len(arrivals)) < share
            layers.append((arrivals[kept], services[kept]))
    arrivals = np.concatenate([layer[0] for layer in layers])
    services = np.concatenate([layer[1] for layer in layers])
    order = np.argsort(arrivals, kind="stable")
    return arrivals[order], services[order]


def _one_copy(
    recording: Recording, period: int, generator: Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    if not recording.is_resampled:
        kept = recording.arrivals < period
        return recording.arrivals[kept], recording.services[kept]
    weeks = generator.integers(0, recording.length // WEEK, -(-period // WEEK))
    edges = np.searchsorted(recording.arrivals, np.arange(recording.length // WEEK + 1) * WEEK)
    pieces = [slice(edges[week], edges[week + 1]) for week in weeks]
    shifts = [(place - week) * WEEK for place, week in enumerate(weeks)]
    arrivals = np.concatenate(
        [recording.arrivals[piece] + shift for piece, shift in zip(pieces, shifts, strict=True)]
    )
    services = np.concatenate([recording.services[piece] for piece in pieces])
    kept = arrivals < period
    return arrivals[kept], services[kept]
