"""How fast requests may follow each other.

Rule of this file: a bucket of permissions, as large as Replicate's limit of a minute and filled at
its rate, so that we never are what slows a request that Replicate would have taken. What the
answers say of the limit can only lower the bucket: others may spend the same limit.

The limit of 3,000 requests a minute and the headers: https://replicate.com/docs/topics/predictions/rate-limits
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Final

from costing.http.retry import read_seconds

REQUESTS_PER_MINUTE: Final = 3_000
"""Requests of all kinds but creating predictions."""

LONGEST_PAUSE_SECONDS: Final = 60.0
"""The limit is one of a minute, so no answer can ask for more before a request is tried again."""


class Pacing:
    """A bucket of permissions that several threads may share.

    Args:
        per_minute: permissions that flow in each minute, and as many fit in.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, per_minute: float = REQUESTS_PER_MINUTE, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._capacity = per_minute
        self._per_second = per_minute / 60
        self._clock = clock
        self._lock = Lock()
        self._permissions = per_minute
        self._counted_at = clock()
        self._paused_until = -math.inf

    def reserve(self) -> float:
        """Take a permission; the seconds to wait before using it."""
        with self._lock:
            now = self._count()
            self._permissions -= 1
            flowing = max(0.0, -self._permissions / self._per_second)
            return max(flowing, self._paused_until - now, 0.0)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Lower the bucket to what an answer says is left, and pause when nothing is.

        Args:
            headers: of any answer, by small letters; `ratelimit-remaining` is a number of
                requests and `ratelimit-reset` the seconds until it is full again.
        """
        remaining = read_seconds(headers.get("ratelimit-remaining", ""))
        if remaining is None:
            return
        with self._lock:
            now = self._count()
            self._permissions = min(self._permissions, remaining)
            reset_seconds = read_seconds(headers.get("ratelimit-reset", ""))
            if remaining < 1 and reset_seconds is not None:
                pause = min(reset_seconds, LONGEST_PAUSE_SECONDS)
                self._paused_until = max(self._paused_until, now + pause)

    def _count(self) -> float:
        """Let in what has flowed since the last time; the current second."""
        now = self._clock()
        flowed = (now - self._counted_at) * self._per_second
        self._permissions = min(self._capacity, self._permissions + flowed)
        self._counted_at = now
        return now
