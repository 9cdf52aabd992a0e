"""Instants as the state keeps them: whole microseconds since 1970, UTC, so that they compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """The number that stands for an aware instant.

    >>> to_microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(number: int) -> datetime:
    """The instant that a number stands for, in UTC.

    >>> from_microseconds(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return _EPOCH + number * _MICROSECOND


def instant_or_none(number: int | None) -> datetime | None:
    """The instant that a number stands for, where there is one."""
    return None if number is None else from_microseconds(number)
