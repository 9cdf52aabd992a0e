"""Lines of a byte stream, each within a bound, so that memory is bounded whatever the file holds.

Rule of this file: a line ends with a line feed; one of nothing but white space is no row. That is
how DuckDB's reader of JSON lines counts, so an ordinal means the same line on both ways in: its
white space is space, tab, vertical tab, form feed and carriage return (tried on 1.5.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

MAX_LINE_BYTES = 16 * 1024 * 1024
"""Longest line that is read, without its line feed; DuckDB's `maximum_object_size` is the same."""

_BLOCK_BYTES = 1024 * 1024
_WHITE_SPACE = b" \t\v\f\r"
_BLANK_LINE = re.compile(rb"\n[ \t\v\f\r]*\n")


def bounded_lines(stream: BinaryIO, max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    """Every line with its line feed; of a longer one the first `max_line_bytes` + 1 bytes.

    A result longer than `max_line_bytes` without its line feed is such a cut one.
    """
    while line := stream.readline(max_line_bytes + 1):
        if len(line) > max_line_bytes and not line.endswith(b"\n"):
            _skip_rest(stream)
        yield line


def is_cut(line: bytes, max_line_bytes: int) -> bool:
    """Whether `bounded_lines` cut this line because it is too long."""
    return len(line) > max_line_bytes and not line.endswith(b"\n")


def find_lines(
    stream: BinaryIO, wanted: Iterable[int], *, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[tuple[int, int, bytes]]:
    """The lines with the wanted ordinals: ordinal, physical line number, bytes without line feed.

    Ordinals count from 1 and only lines that are rows; physical numbers count all. Blocks without
    a wanted line cost two scans in C and no work per line.

    Args:
        stream: from its beginning.
        wanted: ordinals in rising order.
        max_line_bytes: longest line that is kept whole.
    """
    searched = iter(wanted)
    ordinal = next(searched, None)
    rows_before = lines_before = 0
    while ordinal is not None and (block := _read_block(stream, max_line_bytes)):
        has_blank = _has_blank_line(block)
        count = _count_lines(block)
        if not has_blank and rows_before + count < ordinal:
            rows_before += count
            lines_before += count
            continue
        lines = block.removesuffix(b"\n").split(b"\n")
        rows = [place for place, line in enumerate(lines) if not has_blank or line.strip()]
        while ordinal is not None and ordinal <= rows_before + len(rows):
            place = rows[ordinal - rows_before - 1]
            yield ordinal, lines_before + place + 1, lines[place]
            ordinal = next(searched, None)
        rows_before += len(rows)
        lines_before += len(lines)


def _read_block(stream: BinaryIO, max_line_bytes: int) -> bytes:
    """About a megabyte of whole lines; the last one may be cut as `bounded_lines` cuts it."""
    block = stream.read(_BLOCK_BYTES)
    if not block or block.endswith(b"\n"):
        return block
    last = stream.readline(max_line_bytes + 1)
    if is_cut(last, max_line_bytes):
        _skip_rest(stream)
    return block + last


def _skip_rest(stream: BinaryIO) -> None:
    """Read on behind the next line feed without keeping anything."""
    while piece := stream.readline(_BLOCK_BYTES):
        if piece.endswith(b"\n"):
            return


def _count_lines(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _has_blank_line(block: bytes) -> bool:
    """Whether a line of the block is no row: its first one, one in the middle, or the open end."""
    first, _, _ = block.partition(b"\n")
    if not first.strip() or _BLANK_LINE.search(block) is not None:
        return True
    return not block.endswith(b"\n") and block.rstrip(_WHITE_SPACE).endswith(b"\n")
