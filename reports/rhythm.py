"""What a day of a series is expected to be: a level, and what each weekday is of it.

Simple exponential smoothing of the days, each divided by the factor of its weekday, as measured in
docs/forecast.md. One walk over the series gives what was known in the evening of every day, so that
forecasts, the errors of earlier forecasts and unusual days all rest on the same few lines.

Rule of this file: a day is judged by itself and what came before it; a day that is not known is
passed over and is not zero. Numbers are binary floats: they are estimates, and no money.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

WEEK = 7
_WEEKS = 8
"""Weeks from which the factor of a weekday is the median."""
_SHRUNK = 0.9
"""Part of a factor that is believed; the rest is 1, an ordinary day."""
_RATES = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Smoothing rates; the one whose errors from day to day were least is taken."""
_NEAR = 3
"""Days on each side by which a day is judged to be a spike."""
_SPIKE_DEVIATIONS = 5
"""Median absolute deviations from its neighbours beyond which a day is a spike."""
_SPIKE_SHARE = 0.05
"""What happens on more of the days than this is no spike, however far it is from its neighbours."""
_SPREAD_DAYS = 56
_UNJUDGED_DAYS = 14
"""First days, while the factors are still found, whose errors do not choose the rate."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a day is expected to be, as known in one evening.

    Attributes:
        level: of an ordinary day, 0 or more.
        factors: by position of a day in the series, modulo 7: times the level, they are the day.
    """

    level: float
    factors: tuple[float, ...]

    def expect(self, position: int) -> float:
        """The day at a position of the series, which may lie beyond its end."""
        return self.level * self.factors[position % WEEK]


def follow(values: Sequence[float | None]) -> list[Rhythm | None]:
    """What was known in the evening of each day; None until seven days are known.

    Args:
        values: of consecutive days, 0 or more; None where a day is not known.
    """
    walk = _Walk()
    return [walk.add(value) for value in values]


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle.

    `statistics.median` takes five times as long, and forecasts live on medians of a few numbers.
    """
    ordered = sorted(values)
    count = len(ordered)
    return (ordered[count // 2] + ordered[(count - 1) // 2]) / 2


class _Walk:
    """The state of one walk over a series.

    A level is smoothed days over equally smoothed factors, so that the week sums up even where
    most days cost nothing and factors are far from 1; where all factors are 1 it is plain
    smoothing. The newest days may yet turn out to be spikes or the first of a new level: smoothing
    keeps its state from before them and takes them in anew every evening.
    """

    def __init__(self) -> None:
        self._values: list[float | None] = []
        self._factor_of: list[float] = []
        self._evened: list[float | None] = []
        self._ratios = [deque[float](maxlen=_WEEKS) for _ in range(WEEK)]
        self._factors = (1.0,) * WEEK
        self._distances = deque[float](maxlen=_SPREAD_DAYS)
        self._smoothed: list[_Smoothed] = []
        self._settled = 0

    def add(self, value: float | None) -> Rhythm | None:
        """Take one more day in."""
        position = len(self._values)
        self._values.append(value)
        if value is not None:
            self._learn_factor(position, value)
        factor = self._factors[position % WEEK]
        self._factor_of.append(factor)
        self._evened.append(None if value is None else value / factor)
        if not self._smoothed and not self._begin():
            return None
        return self._smooth()

    def _learn_factor(self, position: int, value: float) -> None:
        """The day against the mean of the week that ends with it."""
        week = [one for one in self._values[-WEEK:] if one is not None]
        total = sum(week)
        if position + 1 >= WEEK and total > 0:
            self._ratios[position % WEEK].append(value * len(week) / total)
            raw = [median(ratios) if ratios else 1.0 for ratios in self._ratios]
            mean = sum(raw) / WEEK
            if mean > 0:
                self._factors = tuple(_SHRUNK * one / mean + 1 - _SHRUNK for one in raw)

    def _begin(self) -> bool:
        """The mean of the first seven days is where smoothing begins."""
        known = [one for one in self._values if one is not None]
        if len(known) == WEEK:
            self._smoothed = [_Smoothed(rate, sum(known) / WEEK) for rate in _RATES]
        return bool(self._smoothed)

    def _smooth(self) -> Rhythm:
        """Settle the days whose neighbours are all known, and try the newest ones."""
        room = self._room()
        count = len(self._values)
        for position in range(self._settled, count - _NEAR):
            self._step(self._smoothed, position, room)
            self._note_distance(position)
        self._settled = max(self._settled, count - _NEAR)
        tried = [one.copy() for one in self._smoothed]
        for position in range(self._settled, count):
            self._step(tried, position, room)
        return Rhythm(min(tried, key=_error).level, self._factors)

    def _step(self, smoothed: list[_Smoothed], position: int, room: float) -> None:
        """One day of smoothing under every rate; a spike is cut."""
        value, factor = self._values[position], self._factor_of[position]
        if value is None:
            return
        near = self._near(position) * factor
        cut = min(max(value, near - room), near + room)
        is_judged = position >= _UNJUDGED_DAYS
        for one in smoothed:
            if is_judged:
                one.error += abs(cut - one.level * factor)
            one.take(cut, factor)

    def _near(self, position: int) -> float:
        """The median of a day and its neighbours, as ordinary days."""
        around = self._evened[max(0, position - _NEAR) : position + _NEAR + 1]
        return median([one for one in around if one is not None])

    def _note_distance(self, position: int) -> None:
        value = self._values[position]
        if value is not None:
            near = self._near(position) * self._factor_of[position]
            self._distances.append(abs(value - near))

    def _room(self) -> float:
        """How far from its neighbours a day may be before it is cut."""
        if not self._distances:
            return inf
        ordered = sorted(self._distances)
        usual = ordered[len(ordered) // 2]
        rare = ordered[min(len(ordered) - 1, int((1 - _SPIKE_SHARE) * len(ordered)))]
        return max(_SPIKE_DEVIATIONS * usual, rare)


class _Smoothed:
    """The level under one smoothing rate, and the sum of its errors from day to day."""

    __slots__ = ("_day", "_factor", "_rate", "error", "level")

    def __init__(self, rate: float, day: float, factor: float = 1.0, error: float = 0.0) -> None:
        self._rate, self._day, self._factor = rate, day, factor
        self.error, self.level = error, day / factor

    def take(self, value: float, factor: float) -> None:
        """One more day."""
        self._day += self._rate * (value - self._day)
        self._factor += self._rate * (factor - self._factor)
        self.level = self._day / self._factor

    def copy(self) -> _Smoothed:
        """The same, to be tried."""
        return _Smoothed(self._rate, self._day, self._factor, self.error)


def _error(one: _Smoothed) -> float:
    return one.error
