"""Taking sources into the ledger: read outside the lock, merged in one transaction.

Rule of this file: a source is in the ledger wholly or not at all, and every row is accounted for.
It is read and staged before the writers' lock is asked for, so that others wait only for the
merge; what was staged dies with the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from costing.ingest.source import STDIN_NAME, open_source
from costing.ingest.staging import StageOptions, stage_source
from costing.ingest.summary import IngestProgress, SourceSummary
from costing.ledger.connection import attached, scratch
from costing.ledger.merge import merge_stage
from costing.ledger.statement import fetch_count, run_statement
from costing.lock import Turn, writing
from costing.spill import make_spill_folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.ingest.source import Source
    from costing.ledger.statement import Parameters

_FOLDER = "ledger/merge"


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How sources are taken in.

    Attributes:
        home: data directory.
        memory_limit: as DuckDB writes sizes, for example `400MB`.
        max_line_bytes: longest line that is read.
        stage: how rows are read.
        turn: how the writers' lock is waited for.
        is_dry_run: do everything and keep nothing.
        clock: the instant that is recorded as the time of observation.
        progress: told how far each source is.
        retried: digests of rejected rows that this source replaces.
        label: the name under which the source is recorded, '' for its own.
    """

    home: Path
    memory_limit: str
    max_line_bytes: int
    stage: StageOptions
    turn: Turn = field(default_factory=Turn)
    is_dry_run: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    progress: Callable[[IngestProgress], None] = lambda _: None
    retried: tuple[str, ...] = ()
    label: str = ""


def ingest_source(path: Path | None, options: IngestOptions) -> SourceSummary:
    """Take one file, or standard input for None, into the ledger.

    Raises:
        SourceUnreadable: the source cannot be read as a whole; nothing of it was taken.
        LedgerLocked: others held the ledger longer than the turn allows to wait.
        StorageFull: the disk has no room; nothing of the source was taken.
    """
    spill = make_spill_folder(options.home)
    with (
        open_source(path, spool_folder=spill, max_line_bytes=options.max_line_bytes) as source,
        scratch(spill, memory_limit=options.memory_limit) as connection,
    ):
        options.progress(IngestProgress(source.name, "reading"))
        stage_source(connection, source, spill, _ticking(options, source))
        options.progress(IngestProgress(source.name, "waiting"))
        with (
            writing(options.home, options.turn),
            attached(connection, options.home, is_kept=not options.is_dry_run),
        ):
            options.progress(IngestProgress(source.name, "merging"))
            return _store(connection, source, options)


def _ticking(options: IngestOptions, source: Source) -> StageOptions:
    """The options of the stage, whose ticks become progress of this source."""
    return replace(
        options.stage,
        tick=lambda count: options.progress(IngestProgress(source.name, "reading", count)),
    )


def _recorded_path(source: Source) -> str:
    """The name under which a source is found again, wherever it is looked for from."""
    return source.name if source.name == STDIN_NAME else str(Path(source.name).resolve())


def _store(connection: DuckDBPyConnection, source: Source, options: IngestOptions) -> SourceSummary:
    """Merge what was staged and record how it went; the caller owns the transaction."""
    ingest_id = fetch_count(connection, "select max(ingest_id) from ledger.ingest") + 1
    observed_at = options.clock()
    merged = merge_stage(connection, ingest_id=ingest_id, observed_at=observed_at)
    rejected = fetch_count(connection, "select count(*) from rejected_row")
    counts = {**asdict(merged), "rejected": rejected}
    summary = SourceSummary(
        options.label or source.name, source.format.name, sum(counts.values()), **counts
    )
    place: Parameters = {
        "ingest_id": ingest_id,
        "observed_at": observed_at.replace(tzinfo=None).isoformat(),
        "path": options.label or _recorded_path(source),
        "given_hardware": options.stage.hardware,
        "given_tags": dict(sorted(options.stage.tags.items())) or None,
    }
    run_statement(connection, _FOLDER, "drop_rejected", {"digests": list(options.retried)})
    run_statement(connection, _FOLDER, "store_rejected", place)
    facts = {"format": summary.format, "bytes": source.bytes, "row_count": summary.rows, **counts}
    run_statement(connection, _FOLDER, "store_ingest", {**place, **facts})
    return summary
