"""Two syncs take turns: they would ask for the same.

The lock is like the ledger's, in a folder of its own: whoever waits queues, and is told for whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from costing.errors import LedgerLocked, Locked
from costing.lock import writing

if TYPE_CHECKING:
    from pathlib import Path

    from costing.lock import Turn

_FOLDER = "sync"


class SyncUnderWay(Locked):
    """Another process fetches from Replicate, and the caller does not want to wait any longer."""

    def __init__(self, holders: Sequence[str], home: Path) -> None:
        super().__init__(
            f"another sync is under way: {', '.join(holders) or 'its process is not known'}",
            where=str(home),
            help="let it end; what it fetches need not be fetched again",
        )


@contextmanager
def syncing(home: Path, turn: Turn) -> Iterator[None]:
    """Be the only one that syncs into `home`.

    Raises:
        SyncUnderWay: another one took longer than the turn allows to wait.
        HomeUnusable: the directory cannot be made or its lock files cannot be opened.
    """
    with ExitStack() as held:
        try:
            held.enter_context(writing(home / _FOLDER, turn))
        except LedgerLocked as locked:
            raise SyncUnderWay(locked.holders, home) from locked
        yield
