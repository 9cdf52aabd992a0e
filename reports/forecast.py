"""What a period will cost: spent so far, and the days that are left.

The days left are expected by `reports.rhythm`; how wrong the same expectation was at up to 120
earlier evenings, over just as many days, gives the interval. The method, what it was held against
and what it reached stand in docs/forecast.md.

Rule of this file: what is spent enters and leaves as exact decimals. Only what is not spent yet is
estimated, in binary floats, and rounded to cents half up before it is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import exp, inf

import numpy as np

from pricing.calendar import Period, first_instant
from pricing.money import add_exact, round_half_up
from reports.history import DaySpend, last_day
from reports.interval import RHYTHM_DAYS, Errors, Left, measure_errors
from reports.rhythm import WEEK, Rhythms, follow
from reports.series import Series, make_series

ALERT_DAYS = 28
"""Days of history from which on a forecast may raise an alert."""
HISTORY_DAYS = 210
"""Days before a period that are worth reading; older ones change nothing."""
FAR_DAYS = 92
"""Days ahead, a quarter, up to which the level of today says more than the mean of all days known;
and so it does for as many days as are known."""
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
        low, high: eight of ten outcomes lie between them; None where the past is too short or too
            uneven to tell.
        probability_above: from 0 to 1, that the limit is reached; None without limit, or where
            nobody can say.
        method: how the days left were estimated.
        history_days: whole days known.
        coverage: part of earlier outcomes, 0 to 1, that lay in the interval they would have been
            shown; None where there were too few.
        may_alert: whether the history is long and even enough to wake someone.
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
    may_alert: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a forecast is asked for.

    Attributes:
        series: what is known before the running day, of days of the period's zone.
        period: from any instant to any later one.
        now: aware; the instant up to which spend is known.
        spent: US dollars in the period, exact.
        limit: US dollars; what `probability_above` is about.
    """

    series: Series
    period: Period
    now: datetime
    spent: Decimal
    limit: Decimal | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing of the period is left."""
        assert self.period.end is not None
        return self.now >= self.period.end


def forecast_period(
    days: Sequence[DaySpend],
    period: Period,
    now: datetime,
    limit: Decimal | None = None,
    *,
    spent: Decimal | None = None,
) -> Forecast:
    """What a period is expected to cost, as known at one instant; arguments as `make_question`."""
    [found] = forecast_periods([make_question(days, period, now, limit, spent=spent)])
    return found


def make_question(
    days: Sequence[DaySpend],
    period: Period,
    now: datetime,
    limit: Decimal | None = None,
    *,
    spent: Decimal | None = None,
) -> Question:
    """What a forecast is asked for, from exact days.

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
    series = make_series(lived).before(now.astimezone(period.zone).date())
    return Question(series, period, now, known, limit)


def forecast_periods(questions: Sequence[Question]) -> list[Forecast]:
    """What several periods are expected to cost; a thousand take hardly longer than ten.

    Args:
        questions: periods with a start and an end.
    """
    counts = [int(np.count_nonzero(~np.isnan(one.series.values))) for one in questions]
    has_rhythm = [
        count >= RHYTHM_DAYS and not one.is_over
        for one, count in zip(questions, counts, strict=True)
    ]
    values = [one.series.values for one, has in zip(questions, has_rhythm, strict=True) if has]
    rhythms = iter(follow(values))
    calendars: dict[tuple[Period, datetime], Left] = {}
    found = []
    for one, count, has in zip(questions, counts, has_rhythm, strict=True):
        if one.is_over or not count:
            found.append(_without_estimate(one, days=count))
            continue
        key = (one.period, one.now)
        if key not in calendars:
            calendars[key] = _days_left(*key)
        left = _unknown(calendars[key], one.series)
        found.append(_by_rhythm(one, next(rhythms), left, count) if has else _by_mean(one, left))
    return found


def _by_rhythm(question: Question, rhythms: Rhythms, left: Left, days: int) -> Forecast:
    """The forecast by weekday and level; of days very far ahead by the mean of all known."""
    values = question.series.values
    is_far = left.positions - (len(values) - 1) > max(days, FAR_DAYS)
    factors = rhythms.factors[-1][left.positions % WEEK]
    expected = np.where(is_far, float(np.nanmean(values)), rhythms.levels[-1] * factors)
    errors = measure_errors(values, rhythms, left)
    may_alert = days >= ALERT_DAYS and not errors.is_too_wide
    history = _History(Method.WEEKDAYS, days, may_alert=may_alert)
    rest = max(float(left.parts @ expected), 0.0)
    return _forecast(question, rest, Errors() if errors.is_too_wide else errors, history)


def _by_mean(question: Question, left: Left) -> Forecast:
    """The forecast by the mean of the few days known."""
    values = question.series.values
    rest = float(np.nanmean(values) * left.parts.sum())
    days = int(np.count_nonzero(~np.isnan(values)))
    return _forecast(question, rest, Errors(), _History(Method.MEAN, days))


def _without_estimate(question: Question, *, days: int) -> Forecast:
    """What is spent, of a period that is over or that nothing is known to estimate from."""
    spent, limit, is_over = question.spent, question.limit, question.is_over
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


def _days_left(period: Period, now: datetime) -> Left:
    """The days of a period by ordinal, each with its part in it and after now if it runs."""
    assert period.start is not None
    assert period.end is not None
    first = period.start.astimezone(period.zone).date()
    count = (last_day(period.end, period.zone) - first).days + 1
    days = [first + offset * _DAY for offset in range(count)]
    today = now.astimezone(period.zone).date()
    parts = [_part(day, period, now if day == today else None) for day in days]
    return Left(np.array([day.toordinal() for day in days], dtype=np.int64), np.array(parts))


def _unknown(days: Left, series: Series) -> Left:
    """Of the days of a period, by ordinal, those that a series does not know, by position."""
    positions = days.positions - series.first.toordinal()
    within = (positions >= 0) & (positions < len(series.values))
    is_known = np.zeros(len(positions), dtype=np.bool_)
    is_known[within] = ~np.isnan(series.values[positions[within]])
    is_left = (positions >= 0) & ~is_known & (days.parts > 0)
    return Left(positions[is_left], days.parts[is_left])


def _part(day: date, period: Period, now: datetime | None) -> float:
    """The part of a day that lies in the period, and after an instant where one is given.

    A day that its zone skipped has no part.
    """
    assert period.start is not None
    assert period.end is not None
    begins, ends = first_instant(day, period.zone), first_instant(day + _DAY, period.zone)
    since = max(begins, period.start, begins if now is None else now.astimezone(UTC))
    return max((min(ends, period.end) - since) / (ends - begins), 0.0) if ends > begins else 0.0


def _forecast(question: Question, rest: float, errors: Errors, history: _History) -> Forecast:
    """The forecast whose estimated part, in US dollars, is `rest`."""
    spent, low, high = question.spent, None, None
    if errors.ordered:
        spread = errors.spread()
        low, high = (spent + _cents(rest * exp(sign * spread)) for sign in (-1, 1))
    return Forecast(
        spent=spent,
        total=spent + _cents(rest),
        low=low,
        high=high,
        probability_above=_probability(spent, rest, question.limit, errors),
        method=history.method,
        history_days=history.days,
        coverage=errors.coverage,
        may_alert=history.may_alert,
    )


def _probability(
    spent: Decimal, rest: float, limit: Decimal | None, errors: Errors
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
