"""Trying rejected rows again, once what was wrong with them has been mended.

Rule of this file: a file that is still there is read again whole, for it is the file that people
mend, with the hardware and tags that it was given, and its rejected rows are replaced by those it
has now. Where the file is gone, what was kept of each row is tried instead, and a row that fails
again stays as it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from costing.ingest.ingestion import ingest_source
from costing.ingest.source import parse_line
from costing.ingest.stage_row import StageRow
from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.ledger.statement import read_statement
from costing.lock import reading
from costing.spill import make_spill_folder

if TYPE_CHECKING:
    from costing.ingest.ingestion import IngestOptions
    from costing.ingest.summary import SourceSummary


@dataclass(frozen=True, slots=True)
class _Given:
    """A source that has rejected rows, and what it was given when it was taken in."""

    path: str
    hardware: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A rejected row: its digest and the text that was kept of it."""

    digest: str
    raw: str


def retry_steps(options: IngestOptions) -> Iterator[Callable[[], list[SourceSummary]]]:
    """One step for every source that has rejected rows; each commits by itself."""
    for given, kept in _rejected_by_source(options).items():
        yield partial(_retry, given, kept, options)


def _retry(given: _Given, kept: list[_Kept], options: IngestOptions) -> list[SourceSummary]:
    stage = replace(options.stage, hardware=given.hardware, tags=dict(given.tags))
    again = replace(options, stage=stage)
    if not Path(given.path).is_file():
        return _retry_kept(given.path, kept, again)
    retried = tuple(one.digest for one in kept)
    return [ingest_source(Path(given.path), replace(again, retried=retried))]


def _rejected_by_source(options: IngestOptions) -> dict[_Given, list[_Kept]]:
    statement = read_statement("ledger/views", "find_rejected")
    try:
        with reading(options.home, options.turn), opened(options.home) as connection:
            rows = connection.execute(statement).fetchall()
    except NoLedger:
        return {}
    found: dict[_Given, list[_Kept]] = {}
    for path, hardware, tags, digest, raw in rows:
        given = _Given(path, hardware, tuple(sorted((tags or {}).items())))
        found.setdefault(given, []).append(_Kept(digest, raw))
    return found


def _retry_kept(path: str, kept: list[_Kept], options: IngestOptions) -> list[SourceSummary]:
    """Take those kept rows that can be read now, as a source of the name they came from."""
    mended = [one for one in kept if _is_readable(one.raw, options)]
    if not mended:
        return []
    folder = make_spill_folder(options.home)
    try:
        file = folder / "retried.jsonl"
        file.write_text("".join(f"{one.raw}\n" for one in mended), encoding="utf-8")
        retried = tuple(one.digest for one in mended)
        return [ingest_source(file, replace(options, retried=retried, label=path))]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_readable(raw: str, options: IngestOptions) -> bool:
    row = parse_line(raw.encode(), line=1, max_line_bytes=options.max_line_bytes)
    return isinstance(row, StageRow)
