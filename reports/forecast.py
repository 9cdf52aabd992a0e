"""What a period will cost: spent so far, and the days that are left.

The days left are expected by `reports.rhythm`; how wrong the same expectation was at up to 120
earlier evenings, over just as many days, gives the interval. The method, what it was held against
and what it reached stand in docs/forecast.md.

Rule of this file: what is spent enters and leaves as exact decimals. Only what is not spent yet is
estimated, in binary floats, and rounded to cents half up before it is added.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from math import ceil, exp, inf, log, sqrt

from pricing.calendar import Period, first_instant
from pricing.money import add_exact, round_half_up
from reports.history import DaySpend, last_day
from reports.rhythm import WEEK, Rhythm, follow

RHYTHM_DAYS = 14
"""Days of history from which on weekdays are told apart; with fewer it is the mean of all days."""
ALERT_DAYS = 28
"""Days of history from which on a forecast may raise an alert."""
HISTORY_DAYS = 210
"""Days before a period that are worth reading; older ones change nothing."""
ORIGINS = 120
"""Earlier evenings at most at which errors are taken."""
_LEAST_ORIGINS = 8
_SHOWN = 0.8
"""Part of outcomes that the interval is to hold."""
_WIDENED = 1.3
"""What past errors are stretched by, since the future is new to the method and the past was not."""
_FLOOR = 0.01
"""Part of a usual sum below which two sums no longer differ by a quotient."""
_DAY = timedelta(days=1)


class Method(StrEnum):
    """How the days that are left were estimated."""

    SPENT = "spent"
    """Not at all: the period is over."""
    WEEKDAYS = "weekdays"
    """By weekday and the smoothed level."""
    MEAN = "mean of days"
    """By the mean of the days known: history is too short for more. Without interval."""
    NOTHING = "no history"
    """Not at all: no whole day is known, so the total is no forecast but what is spent."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a period is expected to cost.

    Attributes:
        spent: US dollars in the period so far, exact.
        total: expected at its end, US dollars; `spent` and an estimate in whole cents.
        low, high: eight of ten outcomes lie between them; None where the past is too short to tell.
        probability_above: from 0 to 1, that the limit is reached; None without limit, or where
            nobody can say.
        method: how the days left were estimated.
        history_days: whole days known.
        coverage: part of earlier outcomes, 0 to 1, that lay in the interval they would have been
            shown; None where there were too few.
        may_alert: whether the history is long enough to wake someone.
    """

    spent: Decimal
    total: Decimal
    low: Decimal | None
    high: Decimal | None
    probability_above: float | None
    method: Method
    history_days: int
    coverage: float | None
    may_alert: bool


@dataclass(frozen=True, slots=True)
class _History:
    """What an estimate rests on."""

    method: Method
    days: int


@dataclass(frozen=True, slots=True)
class _Left:
    """What of a day is left to be spent: its position in the series and its part, above 0 to 1."""

    position: int
    part: float


@dataclass(frozen=True, slots=True)
class _Errors:
    """How far off earlier expectations of the same stretch were: |log(actual / expected)|.

    Attributes:
        ordered: from least to most; empty where there were too few.
        stretch: what they are multiplied by before they speak of the future.
        coverage: as of `Forecast`.
    """

    ordered: Sequence[float] = ()
    stretch: float = _WIDENED
    coverage: float | None = None

    def spread(self) -> float:
        """The logarithm of the quotient that the shown part of outcomes stays within."""
        return self.stretch * _quantile(self.ordered)

    def probability(self, quotient: float) -> float:
        """That the outcome is so many times the expectation or more, above 0; never 0 or 1."""
        needed = log(quotient) / self.stretch
        count = len(self.ordered)
        beyond = (count - bisect_left(self.ordered, abs(needed)) + 0.5) / (count + 1)
        return beyond / 2 if needed >= 0 else 1 - beyond / 2


def forecast_period(
    days: Sequence[DaySpend],
    period: Period,
    now: datetime,
    limit: Decimal | None = None,
    *,
    spent: Decimal | None = None,
) -> Forecast:
    """What a period is expected to cost, as known at one instant.

    The running day is no history: what is left of it is expected by its share of the clock. Days
    that are not among `days` are not known; those of the period are estimated until it is over.

    Args:
        days: known days of the period's zone, in order of time, before the period too (see
            `HISTORY_DAYS`), the running day with what it cost so far; zero where nothing was spent
            (`reports.history.fill_days`). Days after `now` are not looked at.
        period: from any instant to any later one.
        now: aware; the instant up to which spend is known.
        limit: US dollars; what `probability_above` is about.
        spent: US dollars in the period; given where it begins within a day, else its days' sum.

    Raises:
        ValueError: the period has no start or no end.
    """
    if period.start is None or period.end is None:
        raise ValueError("a forecast needs a period with a start and an end")
    last = last_day(now, period.zone)
    lived = [one for one in days if one.day <= last]
    known = _spent(lived, period) if spent is None else spent
    values = _values(lived, now, period.zone)
    count = sum(value is not None for value in values)
    if now >= period.end or not count:
        return _without_estimate(known, limit, is_over=now >= period.end, days=count)
    left = _left(lived[0].day, values, period, now)
    if count < RHYTHM_DAYS:
        rest = _mean(values) * sum(one.part for one in left)
        return _forecast(known, rest, limit, _Errors(), _History(Method.MEAN, count))
    rhythms = follow(values)
    errors = _errors(values, rhythms, left)
    rest = _expect(rhythms[-1], left)
    return _forecast(known, rest, limit, errors, _History(Method.WEEKDAYS, count))


def _without_estimate(
    spent: Decimal, limit: Decimal | None, *, is_over: bool, days: int
) -> Forecast:
    """What is spent, of a period that is over or that nothing is known to estimate from."""
    is_reached = None if limit is None else spent >= limit
    is_told = is_over or is_reached
    return Forecast(
        spent=spent,
        total=spent,
        low=spent if is_over else None,
        high=spent if is_over else None,
        probability_above=float(is_reached) if is_told and is_reached is not None else None,
        method=Method.SPENT if is_over else Method.NOTHING,
        history_days=days,
        coverage=None,
        may_alert=days >= ALERT_DAYS,
    )


def _spent(days: Sequence[DaySpend], period: Period) -> Decimal:
    """What the days cost that begin in the period, or in which it begins."""
    return add_exact([one.amount_usd for one in days if _part(one.day, period, None) > 0])


def _values(days: Sequence[DaySpend], now: datetime, zone: tzinfo) -> list[float | None]:
    """Whole days, one by one, from the first known to the last; None where one is not known."""
    today = now.astimezone(zone).date()
    amounts = {one.day: float(one.amount_usd) for one in days if one.day < today}
    if not amounts:
        return []
    first, last = min(amounts), max(amounts)
    return [amounts.get(first + offset * _DAY) for offset in range((last - first).days + 1)]


def _left(
    first: date, values: Sequence[float | None], period: Period, now: datetime
) -> list[_Left]:
    """The days of the period that are left or not known, by position in the series."""
    assert period.start is not None
    assert period.end is not None
    day = max(first, period.start.astimezone(period.zone).date())
    last = last_day(period.end, period.zone)
    left: list[_Left] = []
    while day <= last:
        position = (day - first).days
        is_known = position < len(values) and values[position] is not None
        is_running = first_instant(day, period.zone) <= now < first_instant(day + _DAY, period.zone)
        part = 0.0 if is_known else _part(day, period, now if is_running else None)
        if part > 0:
            left.append(_Left(position, part))
        day += _DAY
    return left


def _part(day: date, period: Period, now: datetime | None) -> float:
    """The part of a day that lies in the period, and after an instant where one is given."""
    assert period.start is not None
    assert period.end is not None
    begins, ends = first_instant(day, period.zone), first_instant(day + _DAY, period.zone)
    since = max(begins, period.start, begins if now is None else now.astimezone(UTC))
    return max((min(ends, period.end) - since) / (ends - begins), 0.0)


def _expect(rhythm: Rhythm | None, left: Sequence[_Left]) -> float:
    """What is left, as one evening's rhythm has it."""
    if rhythm is None:
        return 0.0
    return max(sum(one.part * rhythm.expect(one.position) for one in left), 0.0)


def _forecast(
    spent: Decimal, rest: float, limit: Decimal | None, errors: _Errors, history: _History
) -> Forecast:
    """The forecast whose estimated part, in US dollars, is `rest`."""
    low = high = None
    if errors.ordered:
        spread = errors.spread()
        low, high = (spent + _cents(rest * exp(sign * spread)) for sign in (-1, 1))
    return Forecast(
        spent=spent,
        total=spent + _cents(rest),
        low=low,
        high=high,
        probability_above=_probability(spent, rest, limit, errors),
        method=history.method,
        history_days=history.days,
        coverage=errors.coverage,
        may_alert=history.days >= ALERT_DAYS,
    )


def _probability(
    spent: Decimal, rest: float, limit: Decimal | None, errors: _Errors
) -> float | None:
    """That the limit is reached: certain once it is, unknown without past errors."""
    if limit is None:
        return None
    if spent >= limit:
        return 1.0
    if not errors.ordered:
        return None
    return errors.probability(float(limit - spent) / rest if rest else inf)


def _cents(estimate: float) -> Decimal:
    """An estimate as an amount, in cents."""
    return round_half_up(Decimal(estimate), 2)


def _errors(
    values: Sequence[float | None], rhythms: Sequence[Rhythm | None], left: Sequence[_Left]
) -> _Errors:
    """The errors of the sum over as many days at earlier evenings.

    Where the past is too short for so many days, the errors of fewer days stand for them.
    """
    last = len(values) - 1
    room = last - (RHYTHM_DAYS - 1) - (_LEAST_ORIGINS - 1)
    if room < 1:
        return _Errors()
    near = [one for one in left if one.position - last <= room]
    near = near or [_Left(last + room, left[0].part)]
    reach = max(near[-1].position - last, 0)
    days = sum(one.part for one in near)
    floor = _FLOOR * _mean(values) * days
    origins = range(max(RHYTHM_DAYS - 1, last - reach - ORIGINS + 1), last - reach + 1)
    judged = ((one, _error(values, rhythms[one], near, one - last, floor)) for one in origins)
    found = [(origin, error) for origin, error in judged if error is not None]
    if len(found) < _LEAST_ORIGINS:
        return _Errors()
    stretch = _WIDENED / sqrt(min(days, 1.0))
    return _Errors(sorted(error for _, error in found), stretch, _coverage(found, reach))


def _error(
    values: Sequence[float | None],
    rhythm: Rhythm | None,
    left: Sequence[_Left],
    shift: int,
    floor: float,
) -> float | None:
    """The error of one earlier evening; None where one of its days is not known."""
    if rhythm is None:
        return None
    actual = usual = 0.0
    for one in left:
        position = one.position + shift
        value = values[position] if position >= 0 else None
        if value is None:
            return None
        actual += one.part * value
        usual += one.part * rhythm.factors[position % WEEK]
    expected = usual * rhythm.level
    return abs(log((actual + floor) / (expected + floor))) if floor else 0.0


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


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known)
