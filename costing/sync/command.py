"""What is asked of one sync, as a person writes it.

Rule of this file: `90d` is ninety days before now; anything else is a day or an instant in the zone
that the user set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from costing.duration import read_duration
from costing.errors import UsageError
from costing.instant import parse_instant
from costing.replicate.client import Source


@dataclass(frozen=True, slots=True)
class SyncCommand:
    """What is asked of one sync; see `costing.app.Costing.sync`."""

    since: datetime | None = None
    until: datetime | None = None
    source: Source | None = None
    is_dry_run: bool = False


def read_command(
    since: str | None, until: str | None, source: str | None, now: datetime, zone: str
) -> SyncCommand:
    """The command that these texts say.

    Raises:
        UsageError: one says no instant or source, or nothing lies between the two.
    """
    begins_at = None if since is None else read_moment(since, now, zone)
    ends_at = None if until is None else read_moment(until, now, zone)
    if begins_at is not None and begins_at >= (ends_at or now):
        raise UsageError(
            "nothing lies between --since and --until",
            where="costing sync",
            help="write for example --since 90d, or --since 2026-10-01 --until 2026-11-01",
        )
    return SyncCommand(begins_at, ends_at, _read_source(source))


def read_moment(text: str, now: datetime, zone: str) -> datetime:
    """The instant that a text says, in UTC.

    >>> read_moment("12h", datetime(2026, 10, 2, tzinfo=UTC), "UTC").isoformat()
    '2026-10-01T12:00:00+00:00'

    Raises:
        UsageError: it says none.
    """
    try:
        is_span = text.strip()[-1:].islower()
        if is_span:
            return now - read_duration(text, where="costing sync")
        return parse_instant(text, zone).astimezone(UTC)
    except UsageError as error:
        raise UsageError(
            f'"{text}" is no day, instant or span of time',
            where="costing sync",
            help="write 2026-10-01, 2026-10-01T14:30:00Z, or back from now 12h, 90d, 4w; "
            "a span has at most ten years",
        ) from error


def _read_source(text: str | None) -> Source | None:
    try:
        return None if text is None else Source(text)
    except ValueError:
        known = ", ".join(one.value for one in Source)
        raise UsageError(
            f'no source "{text}"', where="costing sync --source", help=f"give {known}, or nothing"
        ) from None
