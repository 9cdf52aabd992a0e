"""Where records come from: a file or a stream, recognised by its content, read within bounds.

Rule of this file: a name says nothing. The first bytes tell the compression, the bytes below it
the format; the formats themselves are the table in `costing.ingest.formats`. A source that cannot
be trusted to its end raises and nothing of it is taken; a row that cannot be read is a value.
"""

from __future__ import annotations

import codecs
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from costing.ingest.compression import Compression, open_stream, recognise_compression
from costing.ingest.error import (
    RequestFailed,
    SourceDamaged,
    SourceEncoding,
    SourceIsFolder,
    SourceUnrecognised,
    source_error,
    spool_error,
)
from costing.ingest.formats import FORMATS, Format, Head
from costing.ingest.formats.api_page import failed_request
from costing.ingest.line import MAX_LINE_BYTES, find_lines
from costing.spill import nameless_file

if TYPE_CHECKING:
    from costing.ingest.stage_row import Rejected, StageRow

STDIN_NAME = "-"
HEAD_BYTES = 1024 * 1024
"""How much of a source is looked at to recognise its format."""

_SPOOL_PIECE_BYTES = 1024 * 1024
_MOST_MAGIC_BYTES = 4
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32LE"),
    (codecs.BOM_UTF32_BE, "UTF-32BE"),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A source that was opened and recognised.

    Attributes:
        name: as it was given; `-` is standard input.
        file: where its bytes are: the file itself, or the temporary file of a stream.
        compression: how they are packed.
        format: how records stand in them.
        bytes: size of the file as it is, packed.
        note: what a person should know of it, '' if nothing: an empty file, for one.
        has_mark: it begins with a UTF-8 byte order mark, which DuckDB's reader stumbles over.
        max_line_bytes: longest line or element that is read.
    """

    name: str
    file: Path
    compression: Compression
    format: Format
    bytes: int
    note: str
    has_mark: bool
    max_line_bytes: int = MAX_LINE_BYTES

    def open(self) -> BinaryIO:
        """The unpacked bytes from the beginning, without a byte order mark."""
        stream = open_stream(self.file, self.compression, name=self.name)
        if self.has_mark:
            stream.read(len(codecs.BOM_UTF8))
        return stream


@contextmanager
def open_source(
    path: Path | None,
    *,
    stdin: BinaryIO | None = None,
    spool_folder: Path | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Iterator[Source]:
    """Open a file, or standard input for None or `-`, and recognise what it holds.

    A stream (standard input, a named pipe) is kept in a temporary file until the context ends.

    Args:
        path: a file, a named pipe, or `-`.
        stdin: the stream to read instead of the process's standard input.
        spool_folder: where that temporary file is kept; None is the system's place.
        max_line_bytes: longest line, or element of an array, that is read.

    Raises:
        SourceUnreadable: there is nothing here that could be read as prediction records.
    """
    if path is None or str(path) == STDIN_NAME:
        with _spooled(stdin or sys.stdin.buffer, STDIN_NAME, spool_folder) as file:
            yield _recognise(STDIN_NAME, file, max_line_bytes)
    elif _is_regular(path):
        yield _recognise(str(path), path, max_line_bytes)
    else:
        with _opened(path) as stream, _spooled(stream, str(path), spool_folder) as file:
            yield _recognise(str(path), file, max_line_bytes)


def rows(
    source: Source, *, hash_key: bytes | None = None
) -> Iterator[tuple[int, StageRow | Rejected]]:
    """Every row of a source in its order, with its line or ordinal; blank lines are no rows.

    Raises:
        SourceUnreadable: the source breaks off, or is damaged so that no later row can be trusted.
    """
    from costing.ingest.row import read_row

    for line, content in source.format.read(source):
        yield (
            line,
            read_row(content, line=line, hash_key=hash_key, max_line_bytes=source.max_line_bytes),
        )


def lines_at(source: Source, wanted: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
    """The lines of JSON lines with these ordinals: ordinal, physical line number, bytes.

    An ordinal counts from 1 as DuckDB's reader does, which skips blank lines.

    Args:
        source: one in JSON lines.
        wanted: ordinals in rising order.
    """
    with source.open() as stream:
        yield from find_lines(stream, wanted, max_line_bytes=source.max_line_bytes)


def parse_line(
    raw: bytes, *, line: int, hash_key: bytes | None = None, max_line_bytes: int = MAX_LINE_BYTES
) -> StageRow | Rejected:
    """Read one line of JSON lines, as `lines_at` gives it."""
    from costing.ingest.row import read_row

    return read_row(raw, line=line, hash_key=hash_key, max_line_bytes=max_line_bytes)


def _recognise(name: str, file: Path, max_line_bytes: int) -> Source:
    compression = _compression(name, file)
    with open_stream(file, compression, name=name) as stream:
        start = stream.read(HEAD_BYTES)
    has_mark = start.startswith(codecs.BOM_UTF8)
    head = Head(start.removeprefix(codecs.BOM_UTF8), is_whole=len(start) < HEAD_BYTES)
    return Source(
        name=name,
        file=file,
        compression=compression,
        format=_format(name, head, compression),
        bytes=file.stat().st_size,
        note="" if head.bytes.strip() else "the file is empty",
        has_mark=has_mark,
        max_line_bytes=max_line_bytes,
    )


def _compression(name: str, file: Path) -> Compression:
    with open_stream(file, Compression.NONE, name=name) as stream:
        return recognise_compression(stream.read(_MOST_MAGIC_BYTES))


def _format(name: str, head: Head, compression: Compression) -> Format:
    """The first format of the table that knows itself in the head."""
    for mark, encoding in _OTHER_ENCODINGS:
        if head.bytes.startswith(mark):
            raise SourceEncoding(name, encoding)
    if told := failed_request(head):
        raise RequestFailed(name, told)
    found = next((one for one in FORMATS if one.recognise(head)), None)
    if found is None or (head.has_zero() and not found.needs_file):
        raise SourceUnrecognised(name, head.description(), format_titles())
    if found.needs_file and compression is not Compression.NONE:
        raise SourceDamaged(name, found.title, f"it is packed with {compression}; unpack it first")
    return found


def format_titles() -> str:
    """What may be ingested, as one phrase; help and errors read the same table."""
    *others, last = [one.title for one in FORMATS]
    return f"{', '.join(others)} or {last}, plain or packed with gz or zst"


def _is_regular(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError as failure:
        raise source_error(str(path), failure) from None
    if stat.S_ISDIR(mode):
        raise SourceIsFolder(str(path))
    return stat.S_ISREG(mode)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        stream = path.open("rb")
    except OSError as failure:
        raise source_error(str(path), failure) from None
    with stream:
        yield stream


@contextmanager
def _spooled(stream: BinaryIO, name: str, folder: Path | None) -> Iterator[Path]:
    """A file without a name with everything that the stream holds, and a path to read it by."""
    place = folder or Path(tempfile.gettempdir())
    with ExitStack() as held:
        try:
            spool, path = held.enter_context(nameless_file(place))
            shutil.copyfileobj(stream, spool, _SPOOL_PIECE_BYTES)
            spool.flush()
        except OSError as failure:
            raise spool_error(name, str(place), failure) from None
        yield path
