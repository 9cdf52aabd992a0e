"""Folding: what arrived in the inbox goes into the ledger.

Rule of this file: whoever holds the ledger's lock folds; rows are read, merged and committed there,
and deleted from the inbox after that. A fold that is killed in between is repeated by the next one,
which changes nothing, as the same observation again says nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from costing.errors import CostingError, HomeUnusable
from costing.ingest.ingestion import IngestOptions, Place, store
from costing.ingest.stage_row import Rejected, StageRow
from costing.ingest.staging import StageOptions, stage_rows
from costing.ledger.connection import attached, scratch
from costing.ledger.evidence.look import DeploymentsSeen, ModelSeen
from costing.ledger.evidence.seen import store_deployments, store_model
from costing.lock import writing
from costing.spill import make_spill_folder
from costing.state.body import read_body
from costing.state.connection import open_store
from costing.state.file import has_state
from costing.state.idempotency import forget_answers
from costing.state.inbox import (
    Backlog,
    Kind,
    Origin,
    Survey,
    delete_through,
    forget_messages,
    measure_backlog,
    pending_of,
    survey,
)
from reports.table import Waiting

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.ingest.summary import SourceSummary
    from costing.lock import Turn
    from costing.settings import Settings
    from costing.state.inbox import Pending
    from costing.state.store import Store

MOST_ROWS = 200_000
"""Most rows of one transaction: a merge costs much the same for one row as for a thousand."""


@dataclass(frozen=True, slots=True)
class FoldSummary:
    """What a fold brought into the ledger; the counts are those of `SourceSummary`.

    Attributes:
        rows: records that were folded, rejected ones included.
        looks: looks at deployments and models that were folded.
    """

    rows: int = 0
    taken: int = 0
    unchanged: int = 0
    updated: int = 0
    rejected: int = 0
    conflicted: int = 0
    looks: int = 0

    def plus(self, one: SourceSummary) -> FoldSummary:
        """The same with the rows of one origin more."""
        return FoldSummary(
            rows=self.rows + one.rows,
            taken=self.taken + one.taken,
            unchanged=self.unchanged + one.unchanged,
            updated=self.updated + one.updated,
            rejected=self.rejected + one.rejected,
            conflicted=self.conflicted + one.conflicted,
            looks=self.looks,
        )


@dataclass(slots=True)
class _Batch:
    """What one transaction folds.

    Attributes:
        store: the open state.
        is_checked: whether every record is read here first, so that one that is broken is set
            aside. It costs time and is not needed as long as the file is well.
        survey: what there is to fold.
        looks: looks at deployments and models with when they arrived, in that order; known once
            all rows were gone through.
    """

    store: Store
    is_checked: bool = False
    survey: Survey = field(default_factory=Survey)
    looks: list[tuple[datetime, DeploymentsSeen | ModelSeen]] = field(default_factory=list)

    def rows(self, origin: Origin) -> Iterator[Rejected | bytes]:
        """The records that came by one way, in the order of arrival, for the stage."""
        for row in pending_of(self.store, origin, through=self.survey.last):
            found = _read(row, is_checked=self.is_checked)
            if isinstance(found, Rejected | bytes):
                yield found
            else:
                self.looks.append((row.received_at, found))


def _read(row: Pending, *, is_checked: bool) -> Rejected | bytes | DeploymentsSeen | ModelSeen:
    """What a row holds; one that this program wrote and cannot read is set aside.

    Of a row that was refused when it arrived the number stands in place of a line.
    """
    try:
        match row.kind:
            case Kind.RECORD:
                if is_checked:
                    read_body(StageRow, row.body)
                return row.body
            case Kind.REJECTED:
                return replace(read_body(Rejected, row.body), line=row.number)
            case Kind.DEPLOYMENT:
                return read_body(DeploymentsSeen, row.body)
            case Kind.MODEL:
                return read_body(ModelSeen, row.body)
    except ValueError:
        return Rejected(row.number, "", "the row of the inbox is damaged", "")


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
    with writing(settings.home / "fold", turn), open_store(settings.home) as state:
        most = measure_backlog(state).row_count
        while most > 0:
            batch = _Batch(state)
            taken = _fold_batch(batch, settings, turn)
            if batch.survey.last == 0:
                break
            for one in taken:
                summary = summary.plus(one)
            summary = replace(summary, looks=summary.looks + len(batch.looks))
            most -= _clear(state, batch.survey.last, clock())
    return summary


def catch_up(settings: Settings, turn: Turn, clock: Callable[[], datetime]) -> Waiting | None:
    """Fold what waits if the ledger is free at this moment; tells what waits still.

    Whoever only asks a question is not kept waiting by a fold that cannot be done now, whatever
    the reason: the answer says how old it is. An inbox that cannot be read is told of, unless it
    lies in an archive that may only be read.
    """
    import duckdb

    try:
        if backlog_of(settings.home).row_count == 0:
            return None
        with suppress(CostingError, duckdb.Error):
            fold_inbox(settings, replace(turn, wait_seconds=0, announce=None), clock)
        left = backlog_of(settings.home)
        return None if left.oldest_at is None else Waiting(left.row_count, left.oldest_at)
    except HomeUnusable:
        return None
    except CostingError as error:
        if turn.announce is not None:
            turn.announce(f"what arrived lately is missing here: {error.what}; `costing doctor`")
        return None


def backlog_of(home: Path) -> Backlog:
    """How much waits in the inbox, and since when; nothing where there is no inbox."""
    if not has_state(home):
        return Backlog(0, None)
    with open_store(home) as state:
        return measure_backlog(state)


def _fold_batch(batch: _Batch, settings: Settings, turn: Turn) -> list[SourceSummary]:
    """Merge one batch; one that holds a damaged row is merged without it."""
    import duckdb

    try:
        return _merge_batch(batch, settings, turn)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        batch.is_checked = True
        batch.looks.clear()
        return _merge_batch(batch, settings, turn)


def _merge_batch(batch: _Batch, settings: Settings, turn: Turn) -> list[SourceSummary]:
    """Merge one batch in one transaction of the ledger, which is held from before it is read.

    What it brings is known from when its last row arrived, not from when it was folded.
    """
    spill = make_spill_folder(settings.home)
    with (
        scratch(spill, memory_limit=settings.memory_limit) as connection,
        attached(connection, settings.home, turn),
    ):
        batch.survey = survey(batch.store, most_rows=MOST_ROWS)
        arrived_at = batch.survey.last_at or turn.clock()
        options = IngestOptions(
            home=settings.home,
            memory_limit=settings.memory_limit,
            max_line_bytes=settings.max_line_bytes,
            stage=StageOptions(),
            turn=replace(turn, clock=lambda: arrived_at),
        )
        summaries = []
        for origin in batch.survey.origins:
            stage_rows(connection, batch.rows(origin), spill, options.stage)
            place = Place(origin.value, origin.value, "inbox", 0)
            summaries.append(store(connection, place, options))
        for looked_at, seen in batch.looks:
            _store_look(connection, looked_at, seen)
    return summaries


def _store_look(
    connection: DuckDBPyConnection, looked_at: datetime, seen: DeploymentsSeen | ModelSeen
) -> None:
    """Store what one look at the deployments, or at a model, showed."""
    match seen:
        case DeploymentsSeen():
            store_deployments(connection, looked_at, seen)
        case ModelSeen():
            store_model(connection, looked_at, seen)


def _clear(state: Store, last: int, now: datetime) -> int:
    """Delete what is in the ledger now, and what needs to be remembered no more; how many rows."""
    with state.transaction() as transaction:
        folded = delete_through(transaction, last)
        forget_messages(transaction, now, most_rows=MOST_ROWS)
        forget_answers(transaction, now, most_rows=MOST_ROWS)
    return folded
