"""Days, months and ranges as half-open periods of UTC instants, in the zone that the user set.

The rule this file owns: where a day or a month begins. It begins at its first instant in the zone,
so days tile months and months tile time whatever the clocks do. Reports and budgets share it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from pricing.error import PricingError

_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_FIRST_DAY = date(_FIRST_YEAR, 1, 1)
_DAY = timedelta(days=1)
_MONTH_TEXT = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY_TEXT = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_SPAN_TEXT = re.compile(r"(\d+)([hdw])", re.ASCII)
_SPAN_DIGITS = 5
_DAYS_PER_WEEK = 7


class PeriodError(PricingError):
    """A period that cannot be understood."""

    def __init__(self, text: str, reason: str, help_text: str) -> None:
        """Keep what was asked, what is wrong with it, and what may be written instead."""
        super().__init__(f"{text!r}: {reason}", help_text)
        self.text, self.reason = text, reason


@dataclass(frozen=True, slots=True)
class Period:
    """The instants from `start` on and before `end`.

    Attributes:
        start: aware UTC; None from the beginning.
        end: aware UTC, not included; None without end.
        zone: the zone whose days and months it was made of.
    """

    start: datetime | None
    end: datetime | None
    zone: tzinfo = UTC

    def contains(self, instant: datetime) -> bool:
        """Tell whether an instant lies in the period: its start does, its end does not."""
        is_begun = self.start is None or self.start <= instant
        return is_begun and (self.end is None or instant < self.end)


def first_instant(day: date, zone: tzinfo) -> datetime:
    """Return the UTC instant at which a local day begins.

    Where clocks skip midnight, that is the instant of the leap; where midnight comes twice, the
    first.

    Raises:
        PeriodError: the year is before 1970 or after 9998.
    """
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        message = f"years go from {_FIRST_YEAR} to {_LAST_YEAR}"
        raise PeriodError(day.isoformat(), message, "name another day")
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_period(text: str, zone: tzinfo) -> Period:
    """Return a local day, written `2026-10-31`.

    Raises:
        PeriodError: the text is no day.
    """
    day = _day(text)
    return Period(first_instant(day, zone), first_instant(day + _DAY, zone), zone)


def month_period(text: str, zone: tzinfo) -> Period:
    """Return a local month, written `2026-10`.

    Raises:
        PeriodError: the text is no month.

    >>> month_period("2026-10", UTC).end.isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    first = _month(text)
    return Period(first_instant(first, zone), first_instant(_add_months(first, 1), zone), zone)


def month_of(instant: datetime, zone: tzinfo) -> Period:
    """Return the local month that an instant lies in."""
    return month_period(f"{_local(instant, zone):%Y-%m}", zone)


def day_of(instant: datetime, zone: tzinfo) -> Period:
    """Return the local day that an instant lies in."""
    return day_period(_local(instant, zone).date().isoformat(), zone)


def parse_range(
    *,
    from_: str | None = None,
    to: str | None = None,
    last: str | None = None,
    month: str | None = None,
    zone: tzinfo,
    now: datetime,
) -> Period | None:
    """Return the period that a person asked for; None where none was asked.

    Args:
        from_, to: start and end (not included) as a day, a month (its first day), or an instant;
            an instant without offset is of the zone. Either may be missing: the period is open.
        last: a span that ends now: hours, days or weeks, `36h`, `30d`, `4w`. Days are of the zone.
        month: a month, `2026-10`.
        zone: the zone whose days are meant.
        now: aware; used by `last` alone.

    Raises:
        PeriodError: a text is no period, the end is not after the start, or two ways of saying a
            period are mixed.
    """
    if sum((month is not None, last is not None, from_ is not None or to is not None)) > 1:
        asked = " ".join(text for text in (month, last, from_, to) if text is not None)
        raise PeriodError(asked, "several periods at once", "give a month, a span or a range")
    if month is not None:
        return month_period(month, zone)
    if last is not None:
        return _last(last, zone, now)
    if from_ is None and to is None:
        return None
    return _range(from_, to, zone)


def previous(period: Period) -> Period:
    """Return the period before, of the same kind, ending where this one starts.

    Before a number of whole months come as many months, before whole days as many days, before any
    other stretch one as long. Before an open period there is nothing: an empty one. It is cut where
    it would begin before 1970, when nothing had been spent.
    """
    if period.start is None or period.end is None:
        return Period(period.start, period.start, period.zone)
    zone = period.zone
    first, following = _local(period.start, zone).date(), _local(period.end, zone).date()
    if not (_is_first_instant(period.start, zone) and _is_first_instant(period.end, zone)):
        room = max(period.start - first_instant(_FIRST_DAY, zone), timedelta())
        return Period(period.start - min(period.end - period.start, room), period.start, zone)
    if first.day == following.day == 1:
        months = min(_months(first, following), _months(_FIRST_DAY, first))
        return Period(first_instant(_add_months(first, -months), zone), period.start, zone)
    days = min(following - first, first - _FIRST_DAY)
    return Period(first_instant(first - days, zone), period.start, zone)


def same_days_of_previous_month(period: Period, until: datetime) -> Period:
    """Return the first days of the period before, as many as have passed of this one.

    For a month of which 15 days and 12 hours have passed by the zone's clocks, that is the month
    before until noon of its 16th, and never beyond its end. A month of 28 days is held against the
    first 28 of the month before.

    Args:
        period: normally a month; any other has its days counted alike.
        until: how far the period has been lived; beyond its end, all of it has.
    """
    before = previous(period)
    if period.start is None or period.end is None or before.start is None or before.end is None:
        return before
    lived_until = min(max(until, period.start), period.end)
    lived = _wall(lived_until, period.zone) - _wall(period.start, period.zone)
    moment = (_wall(before.start, period.zone) + lived).replace(tzinfo=period.zone)
    return Period(before.start, min(moment.astimezone(UTC), before.end), period.zone)


def _months(first: date, following: date) -> int:
    """Months from one first day of a month to another."""
    return (following.year - first.year) * 12 + following.month - first.month


def _range(from_: str | None, to: str | None, zone: tzinfo) -> Period:
    start = None if from_ is None else parse_instant(from_, zone)
    end = None if to is None else parse_instant(to, zone)
    if start is not None and end is not None and end <= start:
        raise PeriodError(f"{from_} to {to}", "the end is not after the start", "swap them")
    return Period(start, end, zone)


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """Return the instant that a person means by a day, a month (its first day) or an instant.

    What has no offset is of the zone; a day begins where the zone's calendar says.

    Raises:
        PeriodError: the text is none of these.

    >>> parse_instant("2026-10", UTC).isoformat()
    '2026-10-01T00:00:00+00:00'
    """
    if _MONTH_TEXT.fullmatch(text):
        return first_instant(_month(text), zone)
    if _DAY_TEXT.fullmatch(text):
        return first_instant(_day(text), zone)
    try:
        instant = datetime.fromisoformat(text)
        aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PeriodError(
            text, "no day or instant", "write 2026-10-31, 2026-10 or 2026-10-31T12:00:00Z"
        ) from None


def _last(text: str, zone: tzinfo, now: datetime) -> Period:
    match = _SPAN_TEXT.fullmatch(text)
    if match is not None and len(match[1]) > _SPAN_DIGITS:
        raise PeriodError(text, "the span is too long", "write a shorter span")
    if match is None or int(match[1]) == 0:
        raise PeriodError(text, "no span of time", "write 36h, 30d or 4w")
    count = int(match[1])
    end = now.astimezone(UTC)
    if match[2] == "h":
        return Period(end - timedelta(hours=count), end, zone)
    days = count * (_DAYS_PER_WEEK if match[2] == "w" else 1)
    try:
        start = _wall(end, zone) - days * _DAY
    except OverflowError:
        start = datetime.min  # noqa: DTZ901 - a wall time, and refused in the next line
    if start.year < _FIRST_YEAR:
        raise PeriodError(text, f"it begins before {_FIRST_YEAR}", "write a shorter span")
    return Period(start.replace(tzinfo=zone).astimezone(UTC), end, zone)


def _day(text: str) -> date:
    try:
        if _DAY_TEXT.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise PeriodError(text, "no day", "write it as 2026-10-31")


def _month(text: str) -> date:
    match = _MONTH_TEXT.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), 1)
    except ValueError:
        pass
    raise PeriodError(text, "no month", "write it as 2026-10")


def _add_months(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _local(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone)


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    """Return what the clocks of a zone show, for counting days; never an instant by itself."""
    return _local(instant, zone).replace(tzinfo=None)


def _is_first_instant(instant: datetime, zone: tzinfo) -> bool:
    day = _local(instant, zone).date()
    return _FIRST_YEAR <= day.year <= _LAST_YEAR and first_instant(day, zone) == instant
