"""Whether a request is tried again, and when.

Rule of this file: pure. Who asks brings the number of the attempt, the headers, the clock and the
dice, and knows that repeating the request is safe.

Waits grow by powers of two and are drawn from the whole range below ("full jitter"), so that
many clients that failed together do not come back together:
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

TOO_MANY_REQUESTS: Final = 429

RETRIED_STATUSES: Final = frozenset({TOO_MANY_REQUESTS, 500, 502, 503, 504, *range(520, 525)})
"""Statuses that pass by themselves. 520 to 524 say that Cloudflare, which stands before Replicate,
did not reach it: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long one request is tried.

    Attributes:
        attempts: tries at most, the first included.
        first_seconds: the longest wait before the second try; it doubles from try to try.
        longest_seconds: the longest wait that we choose ourselves.
        total_seconds: all waits of one request together. Replicate's limit renews itself within
            a minute, so more than a few of them mean that something else is wrong.
    """

    attempts: int = 6
    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    total_seconds: float = 300.0

    def wait_seconds(
        self, attempt: int, *, asked_seconds: float | None, waited_seconds: float, draw: float
    ) -> float | None:
        """How long to wait after a try that failed; None when it was the last.

        Args:
            attempt: the number of the try that failed, from 1.
            asked_seconds: how long the other side asks us to wait, if it does. Never undercut.
            waited_seconds: what was waited for this request before.
            draw: a number from [0, 1), evenly drawn.
        """
        longest = self.first_seconds
        if asked_seconds is None:
            longest = min(self.longest_seconds, math.ldexp(longest, min(attempt, 64) - 1))
        seconds = (asked_seconds or 0.0) + draw * longest
        is_last = attempt >= self.attempts or waited_seconds + seconds > self.total_seconds
        return None if is_last else seconds


def asked_wait_seconds(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """How long an answer asks us to wait; None where it does not, or not in an understood way.

    `Retry-After` counts with every status, as seconds or as an HTTP date (RFC 9110, 10.2.3).
    `ratelimit-reset` stands on every answer of Replicate and only means a wait on a 429: whole
    seconds until the limit renews itself.

    Args:
        status: the status of the answer.
        headers: its headers, by small letters.
        now: the current instant, for a `Retry-After` that is a date.
    """
    asked = _seconds_or_date(headers.get("retry-after", ""), now)
    if asked is None and status == TOO_MANY_REQUESTS:
        asked = read_seconds(headers.get("ratelimit-reset", ""))
    return asked


def read_seconds(text: str) -> float | None:
    """A number of seconds, zero or more; None for anything else.

    >>> read_seconds("30"), read_seconds("soon"), read_seconds("-1"), read_seconds("inf")
    (30.0, None, None, None)
    """
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def _seconds_or_date(text: str, now: datetime) -> float | None:
    seconds = read_seconds(text)
    if seconds is not None or not text:
        return seconds
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
