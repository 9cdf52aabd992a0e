"""From the day or instant that a person writes to an instant in UTC.

Rule of this file: what names no offset is meant in the zone that the user set.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from costing.errors import UsageError
from costing.setting_value import read_zone
from pricing import calendar


def aware(instant: object) -> datetime | None:
    """What a column of naive instants in UTC holds, as an aware instant; None for anything else."""
    return instant.replace(tzinfo=UTC) if isinstance(instant, datetime) else None


def find_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        UsageError: this machine knows none of that name.
    """
    try:
        return ZoneInfo(read_zone(name, Path()))
    except ValueError as error:
        raise UsageError(f'time zone "{name}": {error}', help="for example --tz UTC") from error


def parse_instant(text: str, zone: str) -> datetime:
    """An instant from an ISO 8601 day, month or instant; a day is its first moment.

    >>> parse_instant("2026-10-01", "Europe/Berlin").isoformat()
    '2026-09-30T22:00:00+00:00'

    Raises:
        UsageError: the text is neither.
    """
    try:
        return calendar.parse_instant(text.strip(), ZoneInfo(zone))
    except calendar.PeriodError as error:
        raise UsageError(
            f'"{text}" is no day or instant', help="write 2026-10-01 or 2026-10-01T14:30:00Z"
        ) from error
