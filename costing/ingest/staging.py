"""From a source to the view `stage`: one row a record, whichever lane read it.

Rule of this file: the careful lane (`record.py`) defines how a record is read; the fast lane, SQL
over clean JSON lines, may only save its time. A line that the fast lane does not call clean, a
file that it cannot read at all and every other format go the careful way, through spool files, so
that memory does not grow with the source. The lanes read a file one after the other: what the
second sees must be what the first has seen, or nothing of the file is taken.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from costing.ingest.compression import Compression
from costing.ingest.error import SourceChanged, spool_error
from costing.ingest.formats import json_lines
from costing.ingest.source import Source, lines_at, parse_line, rows
from costing.ingest.stage_row import Rejected, StageRow
from costing.spill import nameless_file
from costing.statement import literal_path, read_statement, run_statement
from pricing.sku import skus

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.statement import Parameters

_FOLDER = "ingest/stage"
_SPOOL_LINE_BYTES = 16 * 1024**2
_ROWS_A_TICK = 10_000
_ORDINALS_A_FETCH = 10_000
_PIECE_BYTES = 1024**2
_LINES_APART = 10_000
"""Of so many clean lines one is read again, on the way to the last that is not clean, to see that
both lanes count alike. Where all are clean, nothing is read twice."""


@dataclass(frozen=True, slots=True)
class StageOptions:
    """How one source is read.

    Attributes:
        hardware: SKU of every row that names none, '' for no such default.
        tags: tags of every row, beneath the row's own.
        is_given_anew: hardware and tags are said now, so they outrank what was given before; else
            they are those of an earlier ingest, and only fill what nothing else says.
        hash_key: key of the hash of inputs, None to keep no hash.
        tick: told now and then how many rows the careful lane has read.
    """

    hardware: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    is_given_anew: bool = True
    hash_key: bytes | None = None
    tick: Callable[[int], None] = lambda _: None


def stage_source(
    connection: DuckDBPyConnection, source: Source, spool: Path, options: StageOptions
) -> None:
    """Make `stage` and `rejected_row` of everything that a source says.

    Args:
        connection: the scratch database.
        source: opened and recognised.
        spool: folder for what passes from Python to the database.
        options: how it is read.

    Raises:
        SourceUnreadable: it breaks off, is damaged, or changes while it is read, so that nothing
            of it may be taken.
    """
    before = _fingerprint(source)
    run_statement(connection, _FOLDER, "charge_instant")
    with _unpacked(source, spool) as plain:
        if _read_clean_lines(connection, plain, options):
            careful = _unclean_rows(connection, plain, options)
        else:
            run_statement(connection, _FOLDER, "no_clean_lines")
            careful = (row for _, row in rows(plain, hash_key=options.hash_key))
        _load(connection, careful, spool, options)
    if _fingerprint(source) != before:
        raise SourceChanged(source.name)


def stage_rows(
    connection: DuckDBPyConnection,
    found: Iterable[StageRow | Rejected | bytes],
    spool: Path,
    options: StageOptions,
) -> None:
    """Make `stage` and `rejected_row` of rows that were read before, wherever they were kept.

    Args:
        connection: the scratch database.
        found: rows, or what `StageRow.to_json` made of them.
        spool: folder for what passes from Python to the database.
        options: `hardware` and `tags` lie beneath the rows' own; no row is read again.
    """
    for step in ("charge_instant", "no_clean_lines"):
        run_statement(connection, _FOLDER, step)
    _load(connection, found, spool, options)


@contextmanager
def _unpacked(source: Source, spool: Path) -> Iterator[Source]:
    """The source in plain bytes if the fast lane may read it.

    DuckDB takes a gzip file that was cut for a shorter one; reading it ourselves tells.
    """
    if source.format is not json_lines.FORMAT or source.compression is Compression.NONE:
        yield source
        return
    with nameless_file(spool) as (file, path):
        with _spooling(source.name, spool), source.open() as packed:
            shutil.copyfileobj(packed, file, _PIECE_BYTES)
            file.flush()
        yield replace(source, file=path, compression=Compression.NONE, has_mark=False)


@contextmanager
def _spooling(name: str, spool: Path) -> Iterator[None]:
    """Tell a failure of the disk that is spooled to as one of the source."""
    try:
        yield
    except OSError as failure:
        raise spool_error(name, str(spool), failure) from failure


def _fingerprint(source: Source) -> tuple[int, ...]:
    """What changes when somebody writes to the file or puts another in its place."""
    seen = source.file.stat()
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns


def _read_clean_lines(
    connection: DuckDBPyConnection, source: Source, options: StageOptions
) -> bool:
    """Try the fast lane; False where it is not for this source, or gives up on the whole file."""
    import duckdb

    is_readable = source.format is json_lines.FORMAT and not source.has_mark and source.bytes > 0
    if not is_readable or options.hash_key is not None:
        return False
    given: Parameters = {
        "path": literal_path(source.file),
        "line_bytes": source.max_line_bytes,
        "hardware": options.hardware,
        "skus": list(skus()),
    }
    try:
        run_statement(connection, _FOLDER, "read_clean_lines", given)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return False
    return True


def _unclean_rows(
    connection: DuckDBPyConnection, source: Source, options: StageOptions
) -> Iterator[StageRow | Rejected]:
    """The lines that the fast lane left, read by the definition, and what it refuses of the others.

    Raises:
        SourceChanged: a line is not the one that the fast lane has seen in its place.
    """
    seen: deque[_SeenLine] = deque()
    refused: list[int] = []
    for ordinal, line, raw in lines_at(source, _ordinals(connection, seen)):
        row = parse_line(
            raw, line=line, hash_key=options.hash_key, max_line_bytes=source.max_line_bytes
        )
        before = seen.popleft()
        if not before.is_read_as(row, raw):
            raise SourceChanged(source.name)
        if before.is_clean and isinstance(row, Rejected):
            refused.append(ordinal)
        if not before.is_clean or isinstance(row, Rejected):
            yield row
    if seen:
        raise SourceChanged(source.name)
    if refused:
        run_statement(connection, _FOLDER, "refuse_clean_lines", {"ordinals": refused})


@dataclass(frozen=True, slots=True)
class _SeenLine:
    """A line as the fast lane saw it; `id` is None where it saw none."""

    ordinal: int
    id: str | None
    is_clean: bool

    def is_read_as(self, row: StageRow | Rejected, raw: bytes) -> bool:
        """Whether the definition may have read the same line; in a refused one the id stands."""
        if isinstance(row, Rejected):
            return not self.is_clean or (self.id or "").encode() in raw
        return self.id is None or self.id == row.id


def _ordinals(connection: DuckDBPyConnection, seen: deque[_SeenLine]) -> Iterator[int]:
    """Ordinals of the lines that are read again, rising; what was seen of each is appended.

    They are those that are not clean and a sample of the others: rows of `clean_line` stand in the
    order of the file.
    """
    found = connection.execute(read_statement(_FOLDER, "lines_to_read"), {"apart": _LINES_APART})
    while batch := found.fetchmany(_ORDINALS_A_FETCH):
        for row in batch:
            seen.append(_SeenLine(*row))
            yield seen[-1].ordinal


def _load(
    connection: DuckDBPyConnection,
    found: Iterable[StageRow | Rejected | bytes],
    spool: Path,
    options: StageOptions,
) -> None:
    """Write what the careful lane read to two spool files, load them, and make the stage."""
    said: Parameters = {
        "given_tags": dict(sorted(options.tags.items())) or None,
        "is_given_anew": options.is_given_anew,
    }
    run_statement(connection, _FOLDER, "ingest_default", said)
    taken, rejected = spool / "taken.jsonl", spool / "rejected.jsonl"
    with (
        _spooling(str(spool), spool),
        taken.open("wb") as taken_file,
        rejected.open("wb") as rejected_file,
    ):
        _write_rows(found, taken_file, rejected_file, options.tick)
    for name, path in (("load_careful_rows", taken), ("load_rejected_rows", rejected)):
        given: Parameters = {
            "path": literal_path(path),
            "line_bytes": _SPOOL_LINE_BYTES,
            "hardware": options.hardware,
        }
        run_statement(connection, _FOLDER, name, given)
    run_statement(connection, _FOLDER, "stage")


def _write_rows(
    found: Iterable[StageRow | Rejected | bytes],
    taken: BinaryIO,
    rejected: BinaryIO,
    tick: Callable[[int], None],
) -> None:
    for count, row in enumerate(found, start=1):
        if isinstance(row, Rejected):
            rejected.write(row.to_json())
        else:
            taken.write(row if isinstance(row, bytes) else row.to_json())
        if count % _ROWS_A_TICK == 0:
            tick(count)
