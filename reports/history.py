"""What was spent day by day, and which days are known at all.

Rule of this file: a day without a record spent nothing if the day is known, and is missing if it is
not. Known is what lies before the instant up to which records have arrived; that is said here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reports.rhythm import Floats

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DaySpend:
    """What one day of a zone cost: US dollars, exact, 0 or more; of a running day, so far."""

    day: date
    amount_usd: Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """What consecutive days of a zone cost, to estimate from.

    Attributes:
        first: the first of them, which is known; of no days any day.
        values: US dollars, 0 or more, as binary floats; NaN where a day is not known.
    """

    first: date
    values: Floats

    def before(self, day: date) -> Series:
        """The days before one, without what is not known at their end."""
        values = self.values[: max((day - self.first).days, 0)]
        (known,) = np.nonzero(~np.isnan(values))
        return Series(self.first, values[: known[-1] + 1 if len(known) else 0])


def make_series(days: Sequence[DaySpend]) -> Series:
    """Known days, in order of time, as a series; what is missing between them is not known."""
    if not days:
        return Series(date.min, np.empty(0))
    first = days[0].day
    values = np.full((days[-1].day - first).days + 1, np.nan)
    for one in days:
        values[(one.day - first).days] = float(one.amount_usd)
    return Series(first, values)


def known_until(utc_dates: Sequence[date], now: datetime) -> datetime:
    """The instant up to which it is known what was spent.

    That is `now`, unless no record of any kind has come for more whole days on end than ever before
    in the history: then records have stopped arriving rather than spend, and what is known ends
    with the last day that has any.

    Args:
        utc_dates: every date in UTC on which the ledger has any record, whatever is asked, in order
            of time.
        now: aware; the clock, or when the ledger last learned something, whichever is earlier.
    """
    today = now.astimezone(UTC).date()
    lived = [day for day in utc_dates if day <= today]
    if not lived:
        return now
    gaps = [(after - before).days for before, after in pairwise(lived)]
    silence = (today - lived[-1]).days
    if silence <= max([1, *gaps]):
        return now
    return datetime.combine(lived[-1] + _DAY, datetime.min.time(), UTC)


def last_day(until: datetime, zone: tzinfo) -> date:
    """The last day of a zone that has begun before an instant."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


def fill_days(
    amounts: Mapping[date, Decimal | None], until: datetime, zone: tzinfo
) -> list[DaySpend]:
    """The known days from the first with a record on, those without a record as zero.

    Args:
        amounts: by local day that has records; None where nothing of it is rated, so that the day
            is missing.
        until: aware; the instant up to which spend is known.
        zone: whose days they are.
    """
    days: list[DaySpend] = []
    day, last = min(amounts, default=date.max), last_day(until, zone)
    while day <= last:
        amount = amounts.get(day, Decimal(0))
        if amount is not None:
            days.append(DaySpend(day, amount))
        day += _DAY
    return days
