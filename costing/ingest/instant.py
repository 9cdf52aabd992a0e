"""Instants as records write them.

Rule of this file: RFC 3339 with an offset, else nothing. A text without an offset could mean any
of 38 zones, and a guess would move charges between days and price versions.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

FIRST_YEAR = 2000
"""Replicate was founded later; an earlier year is a unit error (milliseconds, day 0)."""

LAST_YEAR = 2200
"""A later year is a unit error, too."""

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


class NotAnInstant(ValueError):
    """Text that names no instant, and why, without repeating it."""


def read_instant(value: object) -> datetime | None:
    """The instant in UTC; None for null and for empty text.

    Up to nine fractional digits are read, those after the sixth are cut off: DuckDB keeps
    microseconds. Offsets may be `Z`, `+02:00`, `+0200` or `+02`. A `datetime` (from Parquet)
    that is naive counts as UTC.

    Raises:
        NotAnInstant: the reason, as a clause that follows the field's name.

    >>> read_instant("2025-11-01T02:00:01.1234567+02:00").isoformat()
    '2025-11-01T00:00:01.123456+00:00'
    """
    if isinstance(value, str):
        return _within_years(_read_text(value)) if value else None
    if isinstance(value, datetime):
        return _within_years(value if value.tzinfo else value.replace(tzinfo=UTC))
    if value is None:
        return None
    raise NotAnInstant("must be an instant as text, such as 2026-10-01T12:00:00Z")


def _read_text(text: str) -> datetime:
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise NotAnInstant("is not an instant such as 2026-10-01T12:00:00Z (RFC 3339)")
    day, time, offset = match.groups()
    if offset is None:
        raise NotAnInstant("has no offset from UTC: write Z, or an offset such as +02:00")
    try:
        return datetime.fromisoformat(f"{day}T{time}{offset.upper()}")
    except ValueError:
        raise NotAnInstant("is not a date or time of day that exists") from None


def _within_years(moment: datetime) -> datetime:
    """The same instant in UTC, unless its year can only be a mistake."""
    if moment.tzinfo is not UTC and FIRST_YEAR <= moment.year <= LAST_YEAR + 1:
        moment = moment.astimezone(UTC)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise NotAnInstant(f"is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment
