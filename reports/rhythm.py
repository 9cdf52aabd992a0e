"""What a day of a series is expected to be: a level, and what each weekday is of it.

Simple exponential smoothing of the days, each divided by the factor of its weekday, as measured in
docs/forecast.md. One walk over the series gives what was known in the evening of every day, so that
forecasts, the errors of earlier forecasts and unusual days all rest on the same few lines. Any
number of series walk together, a day at a time: a thousand take hardly longer than ten.

Rule of this file: a day is judged by itself and what came before it; a day that is not known is
passed over and is not zero. Numbers are binary floats: they are estimates, and no money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    """Numbers; NaN is one that is not known."""
    Marks = NDArray[np.bool_]
    Numbers = NDArray[np.int64]
    Rows = Numbers | slice[int, int, None]

WEEK = 7
MOST_TOGETHER = 1_000
"""Series that walk together at most: they take some ten megabytes."""
_WEEKS = 8
"""Weeks from which the factor of a weekday is the median."""
_SHRUNK = 0.9
"""Part of a factor that is believed; the rest is 1, an ordinary day."""
_RATES = np.array([[0.05], [0.1], [0.2], [0.3], [0.5]])
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
class Rhythms:
    """What was known of one series in each of its evenings.

    Attributes:
        levels: of an ordinary day, 0 or more, by position of the evening; NaN until seven days are
            known.
        factors: by evening and by position of a day in the series, modulo 7: times the level, they
            are the day.
    """

    levels: Floats
    factors: Floats

    def expect_next(self) -> list[float]:
        """What was expected of the day after each evening; NaN where nothing was."""
        evenings = np.arange(len(self.levels))
        expected: Floats = self.levels * self.factors[evenings, (evenings + 1) % WEEK]
        return [float(one) for one in expected]


def follow(series: Sequence[Floats]) -> list[Rhythms]:
    """What was known of each series in the evening of each of its days.

    Args:
        series: amounts of consecutive days, 0 or more, NaN where a day is not known; of any
            lengths, each beginning with its own first day.
    """
    found: list[Rhythms | None] = [None] * len(series)
    longest_first = sorted(range(len(series)), key=lambda number: -len(series[number]))
    for start in range(0, len(series), MOST_TOGETHER):
        together = longest_first[start : start + MOST_TOGETHER]
        rhythms = _Walk([series[number] for number in together]).finish()
        for number, one in zip(together, rhythms, strict=True):
            found[number] = one
    return [one for one in found if one is not None]


class _Walk:
    """The state of one walk over several series, the longest first; days are rows.

    A level is smoothed days over equally smoothed factors, so that the week sums up even where
    most days cost nothing and factors are far from 1; where all factors are 1 it is plain
    smoothing. The newest days may yet turn out to be spikes or the first of a new level: smoothing
    keeps its state from before them and takes them in anew every evening.
    """

    def __init__(self, series: Sequence[Floats]) -> None:
        self._lengths = np.array([len(one) for one in series])
        days, count = int(self._lengths[0]), len(series)
        self._values = np.full((days, count), np.nan)
        for number, one in enumerate(series):
            self._values[: len(one), number] = one
        self._factor_of = np.ones((days, count))
        self._evened = np.full((days, count), np.nan)
        self._ratios = np.full((WEEK, _WEEKS, count), np.nan)
        self._ratio_counts = np.zeros((WEEK, count), dtype=np.int64)
        self._raw = np.ones((WEEK, count))
        self._factors = np.ones((WEEK, count))
        self._distances = np.full((_SPREAD_DAYS, count), np.nan)
        self._distance_counts = np.zeros(count, dtype=np.int64)
        self._known = np.zeros(count, dtype=np.int64)
        self._has_begun = np.zeros(count, dtype=np.bool_)
        self._settled = _Smoothed.empty(count)
        self._levels = np.full((days, count), np.nan)
        self._all_factors = np.ones((days, WEEK, count))

    def finish(self) -> list[Rhythms]:
        """Walk to the end; the rhythms in the order of the series."""
        for position in range(len(self._values)):
            self._add(position, int(np.count_nonzero(self._lengths > position)))
        return [
            Rhythms(self._levels[:length, number], self._all_factors[:length, :, number])
            for number, length in enumerate(self._lengths.tolist())
        ]

    def _add(self, position: int, count: int) -> None:
        """Take one more day in, of so many series that have it."""
        values = self._values[position, :count]
        is_known = ~np.isnan(values)
        self._known[:count] += is_known
        if position + 1 >= WEEK:
            self._learn_factor(position, values, is_known)
        factor = self._factors[position % WEEK, :count]
        self._factor_of[position, :count] = factor
        self._evened[position, :count] = values / factor
        self._all_factors[position, :, :count] = self._factors[:, :count]
        room = self._room(count)
        self._begin(position, is_known)
        if self._has_begun[:count].any():
            self._smooth(position, count, room)

    def _learn_factor(self, position: int, values: Floats, is_known: Marks) -> None:
        """The day against the mean of the week that ends with it."""
        week = self._values[position + 1 - WEEK : position + 1, : len(values)]
        totals = np.nansum(week, axis=0)
        (rows,) = np.nonzero(is_known & (totals > 0))
        day = position % WEEK
        ratios = values[rows] * np.count_nonzero(~np.isnan(week[:, rows]), axis=0) / totals[rows]
        self._ratios[day, self._ratio_counts[day, rows] % _WEEKS, rows] = ratios
        self._ratio_counts[day, rows] += 1
        self._raw[day, rows] = _median(self._ratios[day][:, rows])
        raw = self._raw[:, rows]
        means = raw.sum(axis=0) / WEEK
        is_some = means > 0
        shares = raw[:, is_some] / means[is_some]
        self._factors[:, rows[is_some]] = _SHRUNK * shares + 1 - _SHRUNK

    def _begin(self, position: int, is_known: Marks) -> None:
        """The mean of the first seven known days is where smoothing begins."""
        count = len(is_known)
        is_ready = is_known & (self._known[:count] == WEEK) & ~self._has_begun[:count]
        (rows,) = np.nonzero(is_ready)
        if not len(rows):
            return
        means = np.nansum(self._values[: position + 1, rows], axis=0) / WEEK
        self._settled.begin(rows, means)
        self._has_begun[rows] = True
        for earlier in range(position - _NEAR):
            some = self._settled.take(rows)
            self._step(some, earlier, rows, position, np.full(len(rows), np.inf))
            self._settled.put(rows, some)
            self._note_distance(earlier, rows)

    def _smooth(self, position: int, count: int, rooms: Floats) -> None:
        """Settle the day whose neighbours are all known by now, and try the newest ones."""
        (rows,) = np.nonzero(self._has_begun[:count])
        chosen = slice(0, count) if len(rows) == count else rows
        room = rooms[chosen]
        smoothed = self._settled.take(chosen)
        settling = position - _NEAR
        if settling >= 0:
            self._step(smoothed, settling, chosen, position, room)
            self._settled.put(chosen, smoothed)
            self._note_distance(settling, rows)
        tried = smoothed.copy()
        for newest in range(max(settling + 1, 0), position + 1):
            self._step(tried, newest, chosen, position, room)
        self._levels[position, chosen] = tried.best_level()

    def _step(
        self,
        smoothed: _Smoothed,
        position: int,
        rows: Rows,
        last: int,
        room: Floats,
    ) -> None:
        """One day of smoothing under every rate; a spike is cut."""
        values, factors = self._values[position, rows], self._factor_of[position, rows]
        near = self._near(position, rows, last) * factors
        cut = np.minimum(np.maximum(values, near - room), near + room)
        smoothed.add(cut, factors, is_judged=position >= _UNJUDGED_DAYS)

    def _near(self, position: int, rows: Rows, last: int) -> Floats:
        """The median of a day and its neighbours, as ordinary days."""
        end = min(position + _NEAR, last) + 1
        return _median(self._evened[max(0, position - _NEAR) : end, rows])

    def _note_distance(self, position: int, rows: Numbers) -> None:
        """How far a known day was from its neighbours."""
        values = self._values[position, rows]
        near = self._near(position, rows, position + _NEAR) * self._factor_of[position, rows]
        is_known = ~np.isnan(values)
        known = rows[is_known]
        distances = np.abs(values - near)[is_known]
        self._distances[self._distance_counts[known] % _SPREAD_DAYS, known] = distances
        self._distance_counts[known] += 1

    def _room(self, count: int) -> Floats:
        """How far from its neighbours a day may be before it is cut; at first any distance."""
        counts = np.minimum(self._distance_counts[:count], _SPREAD_DAYS)
        ordered = np.sort(self._distances[:, :count], axis=0)
        columns = np.arange(len(counts))
        usual = ordered[counts // 2 - (counts == 0), columns]
        rarest = ((1 - _SPIKE_SHARE) * counts).astype(np.int64)
        rare = ordered[np.maximum(np.minimum(counts - 1, rarest), 0), columns]
        return np.where(counts == 0, np.inf, np.maximum(_SPIKE_DEVIATIONS * usual, rare))


@dataclass(slots=True)
class _Smoothed:
    """Several series under each smoothing rate; rates are rows.

    Attributes:
        days: smoothed; factors: equally smoothed; errors: their sums from day to day.
    """

    days: Floats
    factors: Floats
    errors: Floats

    @staticmethod
    def empty(count: int) -> _Smoothed:
        """Nothing smoothed yet, of so many series."""
        shape = (len(_RATES), count)
        return _Smoothed(np.zeros(shape), np.ones(shape), np.zeros(shape))

    def begin(self, rows: Numbers, means: Floats) -> None:
        """Let some series begin at a mean day."""
        self.days[:, rows] = means

    def take(self, rows: Rows) -> _Smoothed:
        """Those of some series."""
        return _Smoothed(self.days[:, rows], self.factors[:, rows], self.errors[:, rows])

    def put(self, rows: Rows, some: _Smoothed) -> None:
        """Put back what `take` gave."""
        self.days[:, rows], self.factors[:, rows] = some.days, some.factors
        self.errors[:, rows] = some.errors

    def copy(self) -> _Smoothed:
        """The same, to be tried."""
        return _Smoothed(self.days.copy(), self.factors.copy(), self.errors.copy())

    def add(self, values: Floats, factors: Floats, *, is_judged: bool) -> None:
        """One more day; of a series of which it is not known, nothing changes."""
        if is_judged:
            errors = np.abs(values - self.days / self.factors * factors)
            self.errors = self.errors + np.nan_to_num(errors, nan=0.0)
        is_known = ~np.isnan(values)
        if is_known.all():
            self.days = self.days + _RATES * (values - self.days)
            self.factors = self.factors + _RATES * (factors - self.factors)
        else:
            rates = _RATES * is_known
            self.days = self.days + rates * (np.where(is_known, values, 0.0) - self.days)
            self.factors = self.factors + rates * (factors - self.factors)

    def best_level(self) -> Floats:
        """The level under the rate whose errors were least, the first of equals."""
        best = np.argmin(self.errors, axis=0)
        columns = np.arange(len(best))
        level: Floats = self.days[best, columns] / self.factors[best, columns]
        return level


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle.

    `statistics.median` takes five times as long.
    """
    ordered = sorted(values)
    count = len(ordered)
    return (ordered[count // 2] + ordered[(count - 1) // 2]) / 2


def _median(columns: Floats) -> Floats:
    """The median of what is known of each column; NaN where nothing is."""
    ordered = np.sort(columns, axis=0)  # What is not known comes last.
    counts = np.count_nonzero(~np.isnan(columns), axis=0)
    numbers = np.arange(columns.shape[1])
    middle: Floats = (
        ordered[np.minimum(counts // 2, len(ordered) - 1), numbers]
        + ordered[np.maximum(counts - 1, 0) // 2, numbers]
    ) / 2
    return middle
