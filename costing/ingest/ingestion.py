"""Taking sources into the ledger: read outside the lock, merged in one transaction.

Rule of this file: a source is in the ledger wholly or not at all, and every row is accounted for.
It is read and staged before the writers' lock is asked for, so that others wait only for the
merge; what was staged dies with the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from costing.ingest.source import STDIN_NAME, open_source
from costing.ingest.staging import StageOptions, stage_rows, stage_source
from costing.ingest.summary import IngestProgress, SourceSummary
from costing.ledger.connection import attached, scratch
from costing.ledger.merge import merge_stage
from costing.lock import Turn
from costing.spill import make_spill_folder
from costing.statement import fetch_count, run_statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.ingest.source import Source
    from costing.ingest.stage_row import Rejected, StageRow
    from costing.statement import Parameters

_FOLDER = "ledger/merge"


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How sources are taken in.

    Attributes:
        home: data directory.
        memory_limit: as DuckDB writes sizes, for example `400MB`.
        max_line_bytes: longest line that is read.
        stage: how rows are read.
        turn: how the writers' lock is waited for; its clock tells when rows were observed.
        is_dry_run: do everything and keep nothing.
        progress: told how far each source is.
        retried: digests of rejected rows that this source replaces.
    """

    home: Path
    memory_limit: str
    max_line_bytes: int
    stage: StageOptions
    turn: Turn
    is_dry_run: bool = False
    progress: Callable[[IngestProgress], None] = lambda _: None
    retried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows came from, as the ledger records it.

    Attributes:
        path: absolute, so that it is found again wherever it is looked for from; any other name is
            a stream's: `-` is standard input, `webhook`, `sync` and `api` the inbox.
        name: as messages and summaries call it.
        format: name of the format.
        bytes: size of the file as it is, packed.
    """

    path: str
    name: str
    format: str
    bytes: int

    @property
    def is_stream(self) -> bool:
        """Whether what it held cannot be read again."""
        return not is_file_path(self.path)


def ingest_source(path: Path | None, options: IngestOptions) -> SourceSummary:
    """Take one file, or standard input for None, into the ledger.

    Raises:
        SourceUnreadable: the source cannot be read as a whole; nothing of it was taken.
        LedgerLocked: others held the ledger longer than the turn allows to wait.
        StorageFull: the disk has no room; nothing of the source was taken.
    """
    spill = make_spill_folder(options.home)
    with (
        scratch(spill, memory_limit=options.memory_limit) as connection,
        open_source(path, spool_folder=spill, max_line_bytes=options.max_line_bytes) as source,
    ):
        options.progress(IngestProgress(source.name, "reading"))
        stage_source(connection, source, spill, _ticking(options, source.name))
        return _merge(connection, _place(source), options)


def ingest_rows(
    found: Iterable[StageRow | Rejected | bytes], place: Place, options: IngestOptions
) -> SourceSummary:
    """Take rows into the ledger that were read before and kept elsewhere; see `stage_rows`.

    Raises:
        LedgerLocked: others held the ledger longer than the turn allows to wait.
        StorageFull: the disk has no room; nothing was taken.
    """
    spill = make_spill_folder(options.home)
    with scratch(spill, memory_limit=options.memory_limit) as connection:
        options.progress(IngestProgress(place.name, "reading"))
        stage_rows(connection, found, spill, _ticking(options, place.name))
        return _merge(connection, place, options)


def store(connection: DuckDBPyConnection, place: Place, options: IngestOptions) -> SourceSummary:
    """Merge what was staged into the attached ledger and record how it went.

    The caller owns the transaction. Of the options the turn's clock, what the stage was given
    and the digests that are replaced count.
    """
    ingest_id = fetch_count(connection, "select max(ingest_id) from ledger.ingest") + 1
    observed_at = options.turn.clock()
    merged = merge_stage(connection, ingest_id=ingest_id, observed_at=observed_at)
    rejected = fetch_count(connection, "select count(*) from rejected_row")
    counts = {**asdict(merged), "rejected": rejected}
    summary = SourceSummary(place.name, place.format, sum(counts.values()), **counts)
    told: Parameters = {
        "ingest_id": ingest_id,
        "observed_at": observed_at.replace(tzinfo=None).isoformat(),
        "path": place.path,
        "is_stream": place.is_stream,
        "given_hardware": options.stage.hardware,
        "given_tags": dict(sorted(options.stage.tags.items())) or None,
    }
    run_statement(connection, _FOLDER, "drop_rejected", {"digests": list(options.retried)})
    run_statement(connection, _FOLDER, "store_rejected", told)
    facts = {"format": place.format, "bytes": place.bytes, "row_count": summary.rows, **counts}
    run_statement(connection, _FOLDER, "store_ingest", {**told, **facts})
    return summary


def _merge(connection: DuckDBPyConnection, place: Place, options: IngestOptions) -> SourceSummary:
    """Wait for the ledger and store what was staged, in one transaction."""
    options.progress(IngestProgress(place.name, "waiting"))
    with attached(connection, options.home, options.turn, is_kept=not options.is_dry_run):
        options.progress(IngestProgress(place.name, "merging"))
        return store(connection, place, options)


def _ticking(options: IngestOptions, name: str) -> StageOptions:
    """The options of the stage, whose ticks become progress of this source."""
    return replace(
        options.stage,
        tick=lambda count: options.progress(IngestProgress(name, "reading", count)),
    )


def is_file_path(path: str) -> bool:
    """Whether a recorded path names a file, not a stream."""
    return Path(path).is_absolute()


def _place(source: Source) -> Place:
    name = source.name
    path = name if name == STDIN_NAME else str(Path(name).resolve())
    return Place(path, name, source.format.name, source.bytes)
