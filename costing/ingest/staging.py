"""From a source to the view `stage`: one row a record, whichever lane read it.

Rule of this file: the careful lane (`record.py`) defines how a record is read; the fast lane, SQL
over clean JSON lines, may only save its time. A line that the fast lane does not call clean, a
file that it cannot read at all and every other format go the careful way, through spool files, so
that memory does not grow with the source.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from costing.ingest.compression import Compression
from costing.ingest.error import spool_error
from costing.ingest.formats import json_lines
from costing.ingest.source import Source, lines_at, parse_line, rows
from costing.ingest.stage_row import Rejected, StageRow
from costing.ledger.statement import literal_path, run_statement
from pricing.sku import skus

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.ledger.statement import Parameters

_FOLDER = "ingest/stage"
_SPOOL_LINE_BYTES = 16 * 1024**2
_ROWS_A_TICK = 10_000
_ORDINALS_A_FETCH = 10_000
_PIECE_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class StageOptions:
    """How one source is read.

    Attributes:
        hardware: SKU of every row that names none, '' for no such default.
        tags: tags of every row, beneath the row's own.
        hash_key: key of the hash of inputs, None to keep no hash.
        tick: told now and then how many rows the careful lane has read.
    """

    hardware: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
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
        SourceUnreadable: it breaks off or is damaged, so that nothing of it may be taken.
    """
    tags = dict(sorted(options.tags.items())) or None
    run_statement(connection, _FOLDER, "ingest_default", {"given_tags": tags})
    source = _unpacked(source, spool)
    if _read_clean_lines(connection, source, options):
        careful = _unclean_rows(connection, source, options)
    else:
        run_statement(connection, _FOLDER, "no_clean_lines")
        careful = (row for _, row in rows(source, hash_key=options.hash_key))
    _spool(connection, careful, spool, options)
    run_statement(connection, _FOLDER, "stage")


def _unpacked(source: Source, spool: Path) -> Source:
    """The source in plain bytes if the fast lane may read it.

    DuckDB takes a gzip file that was cut for a shorter one; reading it ourselves tells.
    """
    if source.format is not json_lines.FORMAT or source.compression is Compression.NONE:
        return source
    plain = spool / "unpacked.jsonl"
    try:
        with source.open() as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file, _PIECE_BYTES)
    except OSError as failure:
        raise spool_error(source.name, str(spool), failure) from failure
    return replace(source, file=plain, compression=Compression.NONE, has_mark=False)


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
    """The lines that the fast lane left, read by the definition."""
    for _, line, raw in lines_at(source, _unclean_ordinals(connection)):
        yield parse_line(
            raw, line=line, hash_key=options.hash_key, max_line_bytes=source.max_line_bytes
        )


def _unclean_ordinals(connection: DuckDBPyConnection) -> Iterator[int]:
    """Ordinals of the lines that are not clean, rising; rows stand in the order of the file."""
    found = connection.execute("select rowid + 1 from clean_line where not is_clean order by rowid")
    while batch := found.fetchmany(_ORDINALS_A_FETCH):
        yield from (ordinal for (ordinal,) in batch)


def _spool(
    connection: DuckDBPyConnection,
    careful: Iterable[StageRow | Rejected],
    spool: Path,
    options: StageOptions,
) -> None:
    """Write what the careful lane read to two spool files and load them."""
    taken, rejected = spool / "taken.jsonl", spool / "rejected.jsonl"
    try:
        with taken.open("wb") as taken_file, rejected.open("wb") as rejected_file:
            _write_rows(careful, taken_file, rejected_file, options.tick)
    except OSError as failure:
        raise spool_error(str(spool), str(spool), failure) from failure
    for name, path in (("load_careful_rows", taken), ("load_rejected_rows", rejected)):
        given: Parameters = {
            "path": literal_path(path),
            "line_bytes": _SPOOL_LINE_BYTES,
            "hardware": options.hardware,
        }
        run_statement(connection, _FOLDER, name, given)


def _write_rows(
    careful: Iterable[StageRow | Rejected],
    taken: BinaryIO,
    rejected: BinaryIO,
    tick: Callable[[int], None],
) -> None:
    for count, row in enumerate(careful, start=1):
        if isinstance(row, Rejected):
            rejected.write(json.dumps(asdict(row)).encode() + b"\n")
        else:
            taken.write(row.to_json())
        if count % _ROWS_A_TICK == 0:
            tick(count)
