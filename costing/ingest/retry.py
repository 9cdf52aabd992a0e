"""Trying rejected rows again, once what was wrong with them has been mended.

Rule of this file: a file that is still there is read again whole, for it is the file that people
mend, with the hardware and tags that it was given, and its rejected rows are replaced by those it
has now. Where the file is gone, only a row of which all was kept may be taken from what was kept;
one that fails again stays as it is. All others are told of, with what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from costing.ingest.formats import json_lines
from costing.ingest.ingestion import Place, ingest_rows, ingest_source, is_file_path
from costing.ingest.source import parse_line
from costing.ingest.stage_row import StageRow
from costing.ingest.summary import IngestSummary, UnretriedRows
from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.statement import read_statement

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
    """A rejected row: its digest, the text that was kept of it, and whether that is all of it."""

    digest: str
    raw: str
    is_retriable: bool


def retry_steps(options: IngestOptions) -> Iterator[Callable[[], IngestSummary]]:
    """One step for every source that has rejected rows; each commits by itself."""
    for given, kept in _rejected_by_source(options).items():
        yield partial(_retry, given, kept, options)


def _retry(given: _Given, kept: list[_Kept], options: IngestOptions) -> IngestSummary:
    stage = replace(
        options.stage, hardware=given.hardware, tags=dict(given.tags), is_given_anew=False
    )
    again = replace(options, stage=stage)
    if not is_file_path(given.path) or not Path(given.path).is_file():
        return _retry_kept(given.path, kept, again)
    retried = tuple(one.digest for one in kept)
    return IngestSummary((ingest_source(Path(given.path), replace(again, retried=retried)),))


def _rejected_by_source(options: IngestOptions) -> dict[_Given, list[_Kept]]:
    statement = read_statement("ledger/views", "find_rejected")
    try:
        with opened(options.home, options.turn) as connection:
            rows = connection.execute(statement).fetchall()
    except NoLedger:
        return {}
    found: dict[_Given, list[_Kept]] = {}
    for path, hardware, tags, *kept in rows:
        given = _Given(path, hardware, tuple(sorted((tags or {}).items())))
        found.setdefault(given, []).append(_Kept(*kept))
    return found


def _retry_kept(path: str, kept: list[_Kept], options: IngestOptions) -> IngestSummary:
    """Take those kept rows that are whole and can be read now, and tell how many are left."""
    whole = [one for one in kept if one.is_retriable]
    sources = _take_whole(path, whole, options)
    refused = len(whole) - sum(source.rows for source in sources)
    left = (
        UnretriedRows(path, len(kept) - len(whole)),
        UnretriedRows(path, refused, is_refused=True),
    )
    return IngestSummary(sources, unretried=tuple(one for one in left if one.rows))


def _take_whole(path: str, whole: list[_Kept], options: IngestOptions) -> tuple[SourceSummary, ...]:
    mended: dict[str, StageRow] = {}
    for line, one in enumerate(whole, start=1):
        row = parse_line(
            one.raw.encode(),
            line=line,
            hash_key=options.stage.hash_key,
            max_line_bytes=options.max_line_bytes,
        )
        if isinstance(row, StageRow):
            mended[one.digest] = row
    if not mended:
        return ()
    place = Place(path, path, json_lines.FORMAT.name, sum(len(one.raw.encode()) for one in whole))
    return (ingest_rows(mended.values(), place, replace(options, retried=tuple(mended))),)
