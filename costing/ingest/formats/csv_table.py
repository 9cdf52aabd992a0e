"""CSV with a header; columns are named as in the API or flattened (`formats/flat.py`)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from costing.ingest.error import ColumnsUnclear, SourceDamaged
from costing.ingest.formats.flat import build_record, is_read, unclear_columns
from costing.ingest.formats.format import Format, Head
from costing.ingest.line import bounded_lines
from costing.ingest.raw_text import record_text
from costing.ingest.stage_row import Rejected

if TYPE_CHECKING:
    from costing.ingest.source import Source

_TITLE = "CSV"
_DELIMITERS = (",", ";", "\t")


def _recognise(head: Head) -> bool:
    return _delimiter(head.bytes.split(b"\n", 1)[0]) is not None


def _delimiter(header: bytes) -> str | None:
    """What separates the columns of a header that has an `id`; None for text that is no header."""
    text = header.decode("utf-8", "replace").strip("\r")
    if text.startswith(("{", "[")):
        return None
    found = (mark for mark in _DELIMITERS if "id" in _columns(text, mark) and mark in text)
    return next(found, "," if text.strip(' "') == "id" else None)


def _columns(header: str, delimiter: str) -> list[str]:
    """The names of a header's columns; none where the text is no line of a table."""
    try:
        row = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in row]


def _read(source: Source) -> Iterator[tuple[int, object]]:
    """The rows behind the header, with the line on which each begins.

    Raises:
        ColumnsUnclear: it is not clear which columns are meant.
        SourceDamaged: a quote is never closed or a cell is too long, so rows cannot be told apart.
    """
    csv.field_size_limit(max(csv.field_size_limit(), source.max_line_bytes))
    with source.open() as stream:
        texts = _Texts(stream, source.max_line_bytes)
        header = next(texts)
        delimiter = _delimiter(header.rstrip("\n").encode("utf-8", "replace")) or ","
        columns = _columns(header.rstrip("\r\n"), delimiter)
        if unclear := unclear_columns(columns):
            raise ColumnsUnclear(source.name, _TITLE, unclear)
        table = csv.reader(texts, delimiter=delimiter, strict=True)
        while True:
            line = texts.lines_read + 1
            try:
                cells = next(table, None)
            except csv.Error as error:
                place = f"line {line}"
                raise SourceDamaged(source.name, _TITLE, str(error), place=place) from None
            if cells is None:
                return
            if cells:
                yield line, _content(line, columns, cells)


def _content(line: int, columns: Sequence[str], cells: Sequence[str]) -> object:
    """The record of a row, or why the row is none."""
    record = build_record(
        (column, cell) for column, cell in zip(columns, cells, strict=False) if is_read(column)
    )
    if len(cells) != len(columns):
        reason = f"has {len(cells)} cells, the header has {len(columns)}"
    elif not _is_unicode("".join(cells)):
        reason = "not UTF-8 text"
    else:
        return record
    return Rejected(line, record_text(record).text, reason, "")


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Texts:
    """The lines of a stream as text; a byte that is no UTF-8 becomes half of a surrogate pair.

    Attributes:
        lines_read: how many lines were taken so far.
    """

    def __init__(self, stream: BinaryIO, max_line_bytes: int) -> None:
        self._lines = bounded_lines(stream, max_line_bytes)
        self.lines_read = 0

    def __iter__(self) -> _Texts:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.lines_read += 1
        return line.decode("utf-8", "surrogateescape")


FORMAT = Format("csv", _TITLE, _recognise, _read)
