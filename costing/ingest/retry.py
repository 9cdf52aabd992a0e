"""Trying rejected rows again, once what was wrong with them has been mended.

Rule of this file: a file that is still there is read again whole, for it is the file that people
mend, and its rejected rows are replaced by those it has now. Where the file is gone, what was kept
of each row is tried instead, and a row that fails again stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from costing.ingest.ingestion import ingest_source
from costing.ingest.source import parse_line
from costing.ingest.spill import make_spill_folder
from costing.ingest.stage_row import StageRow
from costing.ledger.connection import LEDGER_FILE, opened
from costing.lock import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costing.ingest.ingestion import IngestOptions
    from costing.ingest.summary import SourceSummary

_Kept = tuple[str, str]
"""Digest and kept text of a rejected row."""


def retry_sources(options: IngestOptions) -> Iterator[SourceSummary]:
    """Try the rejected rows of every source again, a transaction a source."""
    for name, kept in _rejected_by_source(options).items():
        if Path(name).is_file():
            again = replace(options, retried=tuple(digest for digest, _ in kept))
            yield ingest_source(Path(name), again)
        else:
            yield from _retry_kept(name, kept, options)


def _rejected_by_source(options: IngestOptions) -> dict[str, list[_Kept]]:
    if not (options.home / LEDGER_FILE).exists():
        return {}
    with reading(options.home, options.turn), opened(options.home) as connection:
        rows = connection.execute(
            "select path, digest, raw from rejected order by path, line, digest"
        ).fetchall()
    found: dict[str, list[_Kept]] = {}
    for name, digest, raw in rows:
        found.setdefault(name, []).append((digest, raw))
    return found


def _retry_kept(name: str, kept: list[_Kept], options: IngestOptions) -> Iterator[SourceSummary]:
    """Take those kept rows that can be read now, as a source of the name they came from."""
    mended = [(digest, raw) for digest, raw in kept if _is_readable(raw, options)]
    if not mended:
        return
    folder = make_spill_folder(options.home)
    file = folder / "retried.jsonl"
    file.write_text("".join(f"{raw}\n" for _, raw in mended), encoding="utf-8")
    again = replace(options, retried=tuple(digest for digest, _ in mended), label=name)
    yield ingest_source(file, again)
    file.unlink()
    folder.rmdir()


def _is_readable(raw: str, options: IngestOptions) -> bool:
    row = parse_line(raw.encode(), line=1, max_line_bytes=options.max_line_bytes)
    return isinstance(row, StageRow)
