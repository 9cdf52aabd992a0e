"""Folding: what arrived in the inbox goes into the ledger.

Rule of this file: whoever holds the ledger's lock folds; rows are read, merged and committed there,
and deleted from the inbox after that. A fold that is killed in between is repeated by the next one,
which changes nothing, as the same observation again says nothing new.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from costing.errors import CostingError
from costing.ingest.ingestion import IngestOptions, Place, store
from costing.ingest.stage_row import Rejected
from costing.ingest.staging import StageOptions, stage_rows
from costing.ingest.summary import SourceSummary
from costing.ledger.connection import attached, scratch
from costing.ledger.evidence.seen import ReleaseSeen, store_deployments, store_model
from costing.spill import make_spill_folder
from costing.state.connection import open_store
from costing.state.file import has_state
from costing.state.idempotency import forget_answers
from costing.state.inbox import (
    Backlog,
    Kind,
    delete_through,
    forget_messages,
    measure_backlog,
    pending,
)
from reports.table import Waiting

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.lock import Turn
    from costing.settings import Settings
    from costing.state.inbox import Pending
    from costing.state.store import Store

MOST_ROWS = 200_000
"""Most rows of one transaction: a merge costs much the same for one row as for a thousand."""

_MESSAGES_ARE_KEPT = timedelta(days=1)
"""Ids of messages outlive every repeat: Replicate repeats a webhook for a minute, and its signature
is good for five."""


@dataclass(frozen=True, slots=True)
class FoldSummary:
    """What a fold brought into the ledger; the counts are those of `SourceSummary`.

    Attributes:
        rows: records that were folded, rejected ones included.
        looks: looks at deployments and models that were folded.
        waiting: rows that are in the inbox still, since others arrived meanwhile or the ledger was
            held by someone else.
    """

    rows: int = 0
    taken: int = 0
    unchanged: int = 0
    updated: int = 0
    rejected: int = 0
    conflicted: int = 0
    looks: int = 0
    waiting: int = 0

    def plus(self, one: SourceSummary, looks: int) -> FoldSummary:
        """The same with one transaction more."""
        return FoldSummary(
            rows=self.rows + one.rows,
            taken=self.taken + one.taken,
            unchanged=self.unchanged + one.unchanged,
            updated=self.updated + one.updated,
            rejected=self.rejected + one.rejected,
            conflicted=self.conflicted + one.conflicted,
            looks=self.looks + looks,
        )


@dataclass(slots=True)
class _Batch:
    """What one transaction folds: rows as they are read, and looks to be stored after them.

    Attributes:
        last: number of the last row that was read.
        origins: by which ways its rows came.
    """

    store: Store
    last: int = 0
    origins: set[str] = field(default_factory=set)
    looks: list[Pending] = field(default_factory=list)

    def rows(self) -> Iterator[Rejected | bytes]:
        """Records for the stage, in the order of arrival."""
        for row in self._pending():
            self.last = row.number
            self.origins.add(row.origin.value)
            match row.kind:
                case Kind.RECORD:
                    yield row.body
                case Kind.REJECTED:
                    yield Rejected(**json.loads(row.body))
                case Kind.DEPLOYMENT | Kind.MODEL:
                    self.looks.append(row)

    def _pending(self) -> Iterator[Pending]:
        count = 0
        while count < MOST_ROWS:
            page = pending(self.store, after=self.last)
            if not page:
                return
            yield from page
            count += len(page)


def fold_inbox(settings: Settings, turn: Turn, clock: Callable[[], datetime]) -> FoldSummary:
    """Bring everything that waits in the inbox into the ledger.

    Raises:
        LedgerLocked: others held the ledger longer than the turn allows to wait; what was folded
            until then is folded.
        StorageFull: the disk has no room.
    """
    if not has_state(settings.home):
        return FoldSummary()
    summary = FoldSummary()
    with open_store(settings.home) as state:
        most = measure_backlog(state).row_count
        while most > 0:
            batch = _Batch(state)
            summary = summary.plus(_fold_batch(batch, settings, turn, clock), len(batch.looks))
            if batch.last == 0:
                break
            most -= _clear(state, batch.last, clock())
    return summary


def catch_up(settings: Settings, turn: Turn, clock: Callable[[], datetime]) -> Waiting | None:
    """Fold what waits if the ledger is free at this moment; tells what waits still.

    Whoever only asks a question is not kept waiting by a fold that cannot be done now, whatever
    the reason: the answer says how old it is.
    """
    if backlog_of(settings.home).row_count == 0:
        return None
    with suppress(CostingError):
        fold_inbox(settings, replace(turn, wait_seconds=0, announce=None), clock)
    left = backlog_of(settings.home)
    return None if left.oldest_at is None else Waiting(left.row_count, left.oldest_at)


def backlog_of(home: Path) -> Backlog:
    """How much waits in the inbox, and since when; nothing where there is no inbox."""
    if not has_state(home):
        return Backlog(0, None)
    with open_store(home) as state:
        return measure_backlog(state)


def _fold_batch(
    batch: _Batch, settings: Settings, turn: Turn, clock: Callable[[], datetime]
) -> SourceSummary:
    """Merge one batch in one transaction of the ledger, which is held from before it is read."""
    spill = make_spill_folder(settings.home)
    options = IngestOptions(
        home=settings.home,
        memory_limit=settings.memory_limit,
        max_line_bytes=settings.max_line_bytes,
        stage=StageOptions(),
        turn=turn,
        clock=clock,
    )
    with (
        scratch(spill, memory_limit=settings.memory_limit) as connection,
        attached(connection, settings.home, turn),
    ):
        stage_rows(connection, batch.rows(), spill, options.stage)
        if batch.last == 0:  # Another process has just folded everything.
            return SourceSummary("inbox", "inbox", 0, 0, 0, 0, 0, 0)
        place = Place(" ".join(sorted(batch.origins)) or "inbox", "inbox", "inbox", 0)
        summary = store(connection, place, options)
        for look in batch.looks:
            _store_look(connection, look)
    return summary


def _store_look(connection: DuckDBPyConnection, look: Pending) -> None:
    """Store what one look at the deployments, or at a model, showed."""
    shown = json.loads(look.body)
    if look.kind is Kind.DEPLOYMENT:
        releases = [ReleaseSeen(**one) for one in shown["deployments"]]
        store_deployments(connection, look.received_at, releases)
    else:
        store_model(
            connection,
            look.received_at,
            shown["model"],
            shown["visibility"],
            is_official=shown["is_official"],
        )


def _clear(state: Store, last: int, now: datetime) -> int:
    """Delete what is in the ledger now, and what needs to be remembered no more; how many rows."""
    with state.transaction() as transaction:
        folded = delete_through(transaction, last)
        forget_messages(transaction, now - _MESSAGES_ARE_KEPT)
        forget_answers(transaction, now)
    return folded
