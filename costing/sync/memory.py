"""What a sync keeps: rows for the inbox and how far it has come, durable together.

Rule of this file: a dry run goes the same way and keeps nothing, and for the length of its run it
remembers nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from costing.state.connection import open_store
from costing.state.cursor import Cursor, read_cursor, set_cursor
from costing.state.file import has_state
from costing.state.inbox import Arrival, append

if TYPE_CHECKING:
    from pathlib import Path

    from costing.state.store import Store


@dataclass(frozen=True, slots=True)
class Memory:
    """The state as a sync sees it.

    Attributes:
        store: the open state; None where there is none and none shall come to be.
        clock: the current instant, aware.
        is_kept: whether anything is written.
        is_fresh: what was fetched before is gone, so what was remembered of it counts no more.
    """

    store: Store | None
    clock: Callable[[], datetime]
    is_kept: bool = True
    is_fresh: bool = False

    def recall(self, name: str) -> str | None:
        """The cursor of a name, None before it was first kept."""
        if self.store is None or self.is_fresh:
            return None
        cursor = read_cursor(self.store, name)
        return None if cursor is None else cursor.value

    def keep(self, arrivals: Sequence[Arrival], cursors: Mapping[str, str]) -> None:
        """Append rows to the inbox and set cursors, in one transaction."""
        if self.store is None or not self.is_kept:
            return
        now = self.clock()
        with self.store.transaction() as transaction:
            append(transaction, arrivals, now)
            for name, value in cursors.items():
                set_cursor(transaction, Cursor(name, value, now))


@contextmanager
def remembering(home: Path, clock: Callable[[], datetime], *, is_dry_run: bool) -> Iterator[Memory]:
    """The memory of a data directory, made where it needs to be, unless it is a dry run."""
    if is_dry_run and not has_state(home):
        yield Memory(None, clock, is_kept=False)
        return
    with open_store(home) as store:
        yield Memory(store, clock, is_kept=not is_dry_run)
