"""Turns at the ledger for tests, whose clock stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from costing.lock import Turn

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def a_turn(
    *,
    command: str = "test",
    wait_seconds: float | None = None,
    announce: Callable[[str], None] | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> Turn:
    """A turn of which only what matters need be said."""
    return Turn(command=command, wait_seconds=wait_seconds, announce=announce, clock=clock)
