"""What is known before a sync asks: records that have not ended, and the models that were run.

Rule of this file: what waits in the inbox counts as the ledger does, for it will be in there.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from costing.errors import LedgerLocked
from costing.ingest.stage_row import Rejected, StageRow
from costing.instant import aware
from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.state.body import read_body
from costing.state.inbox import Kind as RowKind
from costing.state.inbox import pending
from costing.statement import read_statement, run_statement
from pricing.usage import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from costing.lock import Turn
    from costing.state.store import Store

LOCK_WAIT_SECONDS = 5.0
"""How long a sync waits for the ledger: what it asks of it, and the fold, can be done next time."""

_RUNNING = frozenset({"starting", "processing"})
_ENDED = frozenset({"succeeded", "failed", "canceled", "aborted"})


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A record that had not ended when it was last seen.

    Attributes:
        created_at: aware; None where it was not said.
    """

    id: str
    kind: Kind
    created_at: datetime | None


@dataclass(slots=True)
class Known:
    """What is known, brought up to date by every record that is seen.

    Attributes:
        unfinished: by id, those that had not ended when a sync began and were not seen since.
        models: `owner/name` of every model that was run.
        has_ledger: whether there is a ledger, or anything on its way to it.
        is_whole: False where someone held the ledger, so that only the inbox is known.
    """

    unfinished: dict[str, Unfinished] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    has_ledger: bool = False
    is_whole: bool = True

    def see(self, rows: Iterable[StageRow | Rejected]) -> None:
        """Note what was just fetched: whoever was just seen need not be asked for."""
        for row in rows:
            if isinstance(row, StageRow):
                self.unfinished.pop(row.id, None)
                self.models.add(row.model)


def is_finished(status: str, completed_at: object) -> bool:
    """Whether a record has ended; the same as `is_finished` in `ledger/merge/rules.sql`."""
    return status in _ENDED or (status not in _RUNNING and completed_at is not None)


def read_known(home: Path, store: Store | None, turn: Turn) -> Known:
    """What the ledger of `home` and the inbox know."""
    known = Known()
    try:
        _add_ledger(known, home, replace(turn, wait_seconds=_wait_seconds(turn), announce=None))
    except NoLedger:
        pass
    except LedgerLocked:
        known.has_ledger, known.is_whole = True, False
    if store is not None:
        _add_inbox(known, store)
    return known


def _wait_seconds(turn: Turn) -> float:
    return LOCK_WAIT_SECONDS if turn.wait_seconds is None else turn.wait_seconds


def _add_ledger(known: Known, home: Path, turn: Turn) -> None:
    with opened(home, turn) as connection:
        run_statement(connection, "ledger/merge", "rules")
        rows = connection.execute(read_statement("sync", "unfinished")).fetchall()
        models = connection.execute(read_statement("sync", "models")).fetchall()
    for id_, kind, created_at in rows:
        known.unfinished[id_] = Unfinished(id_, Kind(kind), aware(created_at))
    known.models |= {model for (model,) in models}
    known.has_ledger = True


def _add_inbox(known: Known, store: Store) -> None:
    """Add what waits, in the order of arrival."""
    last = 0
    while rows := pending(store, after=last):
        last = rows[-1].number
        known.has_ledger = True
        for row in rows:
            if row.kind is RowKind.RECORD:
                with suppress(ValueError):  # A damaged row; the fold sets it aside and tells.
                    _add_record(known, read_body(StageRow, row.body))


def _add_record(known: Known, record: StageRow) -> None:
    known.models.add(record.model)
    if is_finished(record.status, record.completed_at):
        known.unfinished.pop(record.id, None)
    else:
        kind, created_at = Kind(record.kind), aware(record.created_at)
        known.unfinished[record.id] = Unfinished(record.id, kind, created_at)
