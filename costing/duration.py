"""Spans of time as people write them in options: `30s`, `5m`, `12h`, `90d`.

Rule of this file: exactly one number and one unit, so that nothing has to be guessed.
"""

from __future__ import annotations

import re
from datetime import timedelta

from costing.errors import UsageError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WRITTEN = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
LONGEST = timedelta(days=3660)


def read_duration(text: str, *, where: str) -> timedelta:
    """The span that a text says; longer than nothing, at most ten years.

    >>> read_duration("5m", where="--sync")
    datetime.timedelta(seconds=300)

    Args:
        where: the option, for the error.

    Raises:
        UsageError: it says none.
    """
    match = _WRITTEN.fullmatch(text.strip())
    span = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta()
    if not timedelta() < span <= LONGEST:
        raise UsageError(
            f'"{text}" is no span of time', where=where, help="write for example 30s, 5m, 12h, 90d"
        )
    return span
