"""Waiting for a process that is not ours, such as a database shell, to let go of the ledger.

Rule of this file: our own lock is never held while a stranger is waited for. Whoever finds the
file held gives its turn back, pauses, and asks for a new one, until the time that its turn may
take is over. So a writer that a stranger's reader keeps out does not keep out our own readers,
who could read beside it; nobody of ours starves, since every try queues at the turnstile like any
other; and of several that wait, whoever tries first after the stranger has gone comes first.

There is nothing to be woken by: DuckDB takes a lock of the other kind (fcntl(2)), which a process
loses as a whole as soon as it closes any descriptor of the file, so that waiting for that lock in
the kernel would undo the locks of our own threads. Hence pauses, short at first.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, sleep
from typing import TYPE_CHECKING

from costing.errors import LedgerLocked
from costing.ledger.error import LedgerBusy
from costing.lock import ANNOUNCE_AFTER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from costing.lock import Turn

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
"""A second more or less does not matter to whoever has waited for several."""


def outlast(turn: Turn, take: Callable[[Turn], ExitStack]) -> ExitStack:
    """What `take` holds, once no stranger holds the file.

    Args:
        turn: how long all tries together may take, and who is told for whom we wait.
        take: takes the lock and the file within a turn, and holds nothing when it raises.

    Raises:
        LedgerBusy: a stranger held the file for longer than the turn allows to wait; also where
            those of ours who wait for him, too, held the lock when the time was over.
        LedgerLocked: our own processes did.
    """
    began_at, pause_seconds = monotonic(), FIRST_PAUSE_SECONDS
    seen: LedgerBusy | None = None
    tell = _once_each(turn.announce)
    while True:
        left_seconds = _left_seconds(turn, began_at)
        try:
            return take(replace(turn, wait_seconds=left_seconds, announce=tell))
        except LedgerBusy as busy:
            seen = busy
            left_seconds = _left_seconds(turn, began_at)
            if left_seconds == 0:
                raise
            if monotonic() - began_at >= ANNOUNCE_AFTER_SECONDS:
                tell(f"waiting for {busy.holders[0]}")
        except LedgerLocked as locked:
            raise seen or locked from None
        sleep(pause_seconds if left_seconds is None else min(pause_seconds, left_seconds))
        pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)


def _left_seconds(turn: Turn, began_at: float) -> float | None:
    """How long the turn may still take; None is for ever."""
    if turn.wait_seconds is None:
        return None
    return max(turn.wait_seconds - (monotonic() - began_at), 0.0)


def _once_each(announce: Callable[[str], None] | None) -> Callable[[str], None]:
    """The same announcer, which leaves out what it has already said."""
    said: set[str] = set()

    def tell(line: str) -> None:
        if announce is not None and line not in said:
            said.add(line)
            announce(line)

    return tell
