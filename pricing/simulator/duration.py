"""How long services, boots and public waits take: lognormal, or by quantiles that were seen.

The rule this file owns: a duration is drawn from uniform numbers by its quantile function, so that
the same numbers under another policy or parameter give the comparable duration (common random
numbers).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from pricing.simulator.error import ImpossibleInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SECOND = 1_000_000_000
"""Nanoseconds in a second."""
_P95 = NormalDist().inv_cdf(0.95)
_LONGEST_SECONDS = 31_536_000.0


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Durations whose logarithm is normal.

    Attributes:
        mean_seconds: mean, above 0.
        scv: squared coefficient of variation, variance over squared mean; 0 for always the same.
    """

    mean_seconds: float
    scv: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.mean_seconds <= _LONGEST_SECONDS:
            raise ImpossibleInput("mean_seconds", self.mean_seconds, "give seconds above 0")
        if not 0 <= self.scv < float("inf"):
            raise ImpossibleInput("scv", self.scv, "give 0 or more")


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Durations as seen.

    Attributes:
        shares: ascending from 0 to 1.
        seconds: ascending durations that these shares do not exceed; in between, linear.
    """

    shares: tuple[float, ...]
    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        is_ordered = list(self.shares) == sorted(self.shares) and list(self.seconds) == sorted(
            self.seconds
        )
        if not is_ordered or len(self.shares) != len(self.seconds) or len(self.shares) < 2:
            raise ImpossibleInput("quantiles", self.seconds, "give ascending shares and seconds")
        if self.shares[0] != 0 or self.shares[-1] != 1 or self.seconds[0] < 0:
            raise ImpossibleInput("quantiles", self.shares, "begin with share 0, end with share 1")
        if self.seconds[-1] <= 0:
            raise ImpossibleInput("quantiles", self.seconds, "some duration must be above 0")

    @property
    def mean_seconds(self) -> float:
        """Mean of the linear interpolation."""
        pairs = list(zip(self.shares, self.seconds, strict=True))
        return sum(
            (share - before) * (value + earlier) / 2
            for (before, earlier), (share, value) in pairwise(pairs)
        )

    @property
    def scv(self) -> float:
        """Squared coefficient of variation of the linear interpolation."""
        pairs = list(zip(self.shares, self.seconds, strict=True))
        square = sum(
            (share - before) * (value * value + value * earlier + earlier * earlier) / 3
            for (before, earlier), (share, value) in pairwise(pairs)
        )
        return square / self.mean_seconds**2 - 1

    def at(self, share: float) -> float:
        """The duration that a share does not exceed."""
        place = min(max(bisect_right(self.shares, share), 1), len(self.shares) - 1)
        low, high = self.shares[place - 1], self.shares[place]
        part = (share - low) / (high - low) if high > low else 0.0
        return self.seconds[place - 1] + part * (self.seconds[place] - self.seconds[place - 1])


Duration = Lognormal | Quantiles


def lognormal_by_median(median_seconds: float, p95_seconds: float) -> Lognormal:
    """A lognormal duration by its median and 95th percentile.

    >>> round(lognormal_by_median(30, 120).mean_seconds, 1)
    42.8
    """
    from math import exp

    if not 0 < median_seconds <= p95_seconds:
        raise ImpossibleInput("median", median_seconds, "give a median above 0 and a P95 above it")
    sigma = log(p95_seconds / median_seconds) / _P95
    return Lognormal(median_seconds * exp(sigma * sigma / 2), exp(sigma * sigma) - 1)


def draw_durations(
    duration: Duration, normals: NDArray[np.float64], factor: float = 1.0
) -> NDArray[np.int64]:
    """Turn standard normal numbers into durations, in nanoseconds, at least 1.

    Args:
        factor: multiplies every duration.
    """
    import numpy as np

    if isinstance(duration, Quantiles):
        from math import erf

        shares = np.array([(1 + erf(number / sqrt(2))) / 2 for number in normals.tolist()])
        seconds = np.interp(shares, duration.shares, duration.seconds) * factor
    else:
        variance = log(1 + duration.scv)
        centre = log(duration.mean_seconds * factor) - variance / 2
        seconds = np.exp(centre + sqrt(variance) * normals)
    return scale_to_whole(seconds * SECOND, 1.0)


def scale_to_whole(
    values: NDArray[np.float64] | NDArray[np.int64], factor: float
) -> NDArray[np.int64]:
    """Multiply, and round to whole nanoseconds, at least 1; a factor of 1 changes no whole one."""
    import numpy as np

    if factor == 1.0 and values.dtype == np.int64:
        return np.maximum(values, 1).astype(np.int64)
    scaled = np.asarray(values * factor, np.float64)
    np.rint(scaled, out=scaled)
    return np.maximum(scaled, 1, out=scaled).astype(np.int64)
