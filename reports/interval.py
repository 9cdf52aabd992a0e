"""How wrong an expectation may be, by how wrong the same one was at earlier evenings.

Intervals of days cannot be summed, so the errors are those of the sum over just as many days as are
left. docs/forecast.md says why, and how often the interval held.

Rule of this file: errors are |log(actual / expected)|, and what was not known by an evening is not
used for it. Numbers are binary floats: they are estimates, and no money.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from reports.rhythm import WEEK, Rhythms

if TYPE_CHECKING:
    from reports.rhythm import Floats, Numbers

RHYTHM_DAYS = 14
"""Days of history from which on weekdays are told apart; with fewer it is the mean of all days."""
ORIGINS = 120
"""Earlier evenings at most at which errors are taken."""
_LEAST_ORIGINS = 8
_SHOWN = 0.8
"""Part of outcomes that the interval is to hold."""
_WIDENED = 1.3
"""What past errors are stretched by, since the future is new to the method and the past was not."""
_WIDEST = log(10)
"""Logarithm of how many times the estimate an interval may reach; a wider one says nothing."""
_FLOOR = 0.01
"""Part of a usual sum below which two sums no longer differ by a quotient."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to be spent: days by their position in the series, and their parts, 0 to 1."""

    positions: Numbers
    parts: Floats


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off earlier expectations of the same stretch were: |log(actual / expected)|.

    Attributes:
        ordered: from least to most; empty where there were too few.
        stretch: what they are multiplied by before they speak of the future.
        coverage: as of `Forecast`.
    """

    ordered: Sequence[float] = ()
    stretch: float = _WIDENED
    coverage: float | None = None

    @property
    def is_too_wide(self) -> bool:
        """Whether the interval would be so wide that it says nothing."""
        return bool(self.ordered) and self.spread() > _WIDEST

    def spread(self) -> float:
        """The logarithm of the quotient that the shown part of outcomes stays within."""
        return self.stretch * _quantile(self.ordered)

    def probability(self, quotient: float) -> float:
        """That the outcome is so many times the expectation or more, above 0; never 0 or 1."""
        needed = log(quotient) / self.stretch
        count = len(self.ordered)
        beyond = (count - bisect_left(self.ordered, abs(needed)) + 0.5) / (count + 1)
        return beyond / 2 if needed >= 0 else 1 - beyond / 2


def measure_errors(values: Floats, rhythms: Rhythms, left: Left) -> Errors:
    """The errors of the sum over as many days at earlier evenings.

    Where the past is too short for so many days, the errors of fewer days stand for them.

    Args:
        values: US dollars a day, NaN where one is not known; the last one is.
        rhythms: of these days.
        left: the days that are to be expected, at least one.
    """
    last = len(values) - 1
    room = last - (RHYTHM_DAYS - 1) - (_LEAST_ORIGINS - 1)
    if room < 1:
        return Errors()
    ahead, parts = left.positions - last, left.parts
    is_near = ahead <= room
    if is_near.any():
        ahead, parts = ahead[is_near], parts[is_near]
    else:
        ahead, parts = np.array([room]), parts[:1]
    reach = max(int(ahead[-1]), 0)
    origins = np.arange(max(RHYTHM_DAYS - 1, last - reach - ORIGINS + 1), last - reach + 1)
    errors = _errors_at(origins, values, rhythms, Left(ahead, parts))
    is_known = ~np.isnan(errors)
    if np.count_nonzero(is_known) < _LEAST_ORIGINS:
        return Errors()
    found = list(zip(origins[is_known].tolist(), errors[is_known].tolist(), strict=True))
    stretch = _WIDENED / sqrt(min(float(parts.sum()), 1.0))
    return Errors(sorted(error for _, error in found), stretch, _coverage(found, reach))


def _errors_at(origins: Numbers, values: Floats, rhythms: Rhythms, ahead: Left) -> Floats:
    """The error of each earlier evening; NaN where one of its days is not known."""
    positions = origins[:, None] + ahead.positions
    amounts = np.where(positions >= 0, values[positions], np.nan)
    factors = rhythms.factors[origins[:, None], positions % WEEK]
    actual = amounts @ ahead.parts
    expected = (factors @ ahead.parts) * rhythms.levels[origins]
    floor = _FLOOR * float(np.nanmean(values)) * float(ahead.parts.sum())
    if not floor:
        return np.where(np.isnan(actual + expected), np.nan, 0.0)
    errors: Floats = np.abs(np.log((actual + floor) / (expected + floor)))
    return errors


def _coverage(found: Sequence[tuple[int, float]], reach: int) -> float | None:
    """How often an outcome lay in the interval made of the errors that were known by then."""
    known: list[float] = []
    arrived = held = judged = 0
    for origin, error in found:
        while found[arrived][0] + max(reach, 1) <= origin:
            insort(known, found[arrived][1])
            arrived += 1
        if len(known) >= _LEAST_ORIGINS:
            judged += 1
            held += error <= _WIDENED * _quantile(known)
    return held / judged if judged else None


def _quantile(ordered: Sequence[float]) -> float:
    """The error that the shown part of all stays within, as conformal prediction takes it."""
    return ordered[min(ceil(_SHOWN * (len(ordered) + 1)), len(ordered)) - 1]
