"""The calendar of a zone as slots that SQL can join by one integer.

Rule of this file: where a day begins is said by `pricing.calendar`, which makes every period too,
so that days sum to months. DuckDB's own zone arithmetic is not used: it brings a second zone
database, and costs 20 times a plain truncation (measured on DuckDB 1.5.5).

A slot is as long as the greatest common divisor of all the pieces: a day where clocks are never
set, an hour in Berlin. No piece of calendar can begin inside a slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import reduce
from itertools import chain, pairwise
from math import gcd
from typing import Final

from pricing.calendar import first_instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_QUARTER: Final = timedelta(minutes=15)
_FIRST_DATE: Final = date(1970, 1, 2)
_LAST_DATE: Final = date(9998, 12, 29)


@dataclass(frozen=True, slots=True)
class Piece:
    """One hour or day of a zone: UTC instants [starts_at, ends_at) and what it is called."""

    starts_at: datetime
    ends_at: datetime
    hour: str | None
    day: date


@dataclass(frozen=True, slots=True)
class Slots:
    """Pieces of calendar numbered by slots.

    Attributes:
        origin_microseconds: where slot 0 begins, since 1970.
        step_microseconds: length of a slot.
        pieces: in order of time; need not be without gaps.
    """

    origin_microseconds: int
    step_microseconds: int
    pieces: tuple[Piece, ...]

    def number(self, instant: datetime) -> int:
        """The slot that begins at an instant where a piece begins or ends."""
        return (_microseconds(instant) - self.origin_microseconds) // self.step_microseconds


def make_slots(utc_dates: Iterable[date], zone: tzinfo, *, has_hours: bool) -> Slots:
    """The slots of the local days that these UTC dates touch.

    Args:
        utc_dates: dates on which something happened, in UTC. Before 1970 and after 9998 is no
            calendar: such instants find no slot.
        zone: the zone whose days are meant.
        has_hours: whether the pieces are hours rather than days.
    """
    days = (_day_piece(day, zone) for day in _local_dates(utc_dates))
    pieces = tuple(hour for day in days for hour in _hours(day, zone)) if has_hours else tuple(days)
    if not pieces:
        return Slots(0, 1, ())
    origin = _microseconds(pieces[0].starts_at)
    edges = chain.from_iterable((piece.starts_at, piece.ends_at) for piece in pieces)
    step = reduce(gcd, (_microseconds(edge) - origin for edge in edges))
    return Slots(origin, step, pieces)


def _local_dates(utc_dates: Iterable[date]) -> list[date]:
    """Every date that is some zone's date at some moment of these UTC dates, in order."""
    known = {day for day in utc_dates if _FIRST_DATE <= day <= _LAST_DATE}
    return sorted({day + offset for day in known for offset in (-_DAY, timedelta(0), _DAY)})


def _day_piece(day: date, zone: tzinfo) -> Piece:
    """A local day: from its first instant to the first of the next."""
    return Piece(first_instant(day, zone), first_instant(day + _DAY, zone), None, day)


def _hours(day: Piece, zone: tzinfo) -> Iterator[Piece]:
    """The hours of a day, found by quarters, since clocks may be set by less than an hour."""
    count = (day.ends_at - day.starts_at) // _QUARTER
    quarters = [day.starts_at + index * _QUARTER for index in range(count)]
    labels = [_hour_label(quarter.astimezone(zone)) for quarter in quarters]
    begins = [0, *(index for index in range(1, count) if labels[index] != labels[index - 1]), count]
    for first, last in pairwise(begins):
        ends_at = day.ends_at if last == count else quarters[last]
        yield Piece(quarters[first], ends_at, labels[first], day.day)


def _hour_label(local: datetime) -> str:
    """An hour with its offset, so that the hour that comes twice in autumn is two hours."""
    fixed = timezone(local.utcoffset() or timedelta(0))
    whole = local.replace(minute=0, second=0, microsecond=0, tzinfo=fixed)
    return whole.isoformat(timespec="minutes")


def _microseconds(instant: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)
