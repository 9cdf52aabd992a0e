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

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DaySpend:
    """What one day of a zone cost: US dollars, exact, 0 or more; of a running day, so far."""

    day: date
    amount_usd: Decimal


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
