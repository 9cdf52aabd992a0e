"""What a format of prediction records is: a row of the table in this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costing.ingest.source import Source

_MOST_BINARY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a source, unpacked, without a byte order mark.

    Attributes:
        bytes: up to a megabyte.
        is_whole: there is nothing after it.
    """

    bytes: bytes
    is_whole: bool

    def has_zero(self) -> bool:
        """Whether a zero byte stands near its start; no JSON and no table in UTF-8 has one."""
        return b"\0" in self.bytes[:_MOST_BINARY_BYTES]

    def description(self) -> str:
        """What a head that no format knows looks like."""
        start = self.bytes[:_MOST_BINARY_BYTES]
        is_text = not any(byte < 9 or 13 < byte < 27 for byte in start)
        return "text that holds no prediction records" if is_text else "no file of records: binary"


@dataclass(frozen=True, slots=True)
class Format:
    """One way in which records are written into a file.

    Attributes:
        name: as the ledger records it.
        title: as messages call it.
        recognise: whether a head is of this format; the first of the table that says so reads it.
        read: the rows with their line or ordinal. A row is the bytes of one JSON text, a JSON
            value with `Decimal` or `int` numbers, or a `Rejected`.
        needs_file: it is read from its end, so it cannot be unpacked on the way.
    """

    name: str
    title: str
    recognise: Callable[[Head], bool]
    read: Callable[[Source], Iterator[tuple[int, object]]]
    needs_file: bool = False
