"""JSON documents that hold many records, read element by element by ijson.

Rule of this file: a document that breaks is refused as a whole, for nothing tells where its next
element begins. Memory is bounded: an element longer than the source allows breaks it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, BinaryIO, Protocol

from costing.ingest.error import SourceDamaged
from costing.ingest.exact_json import FirstWins

if TYPE_CHECKING:
    from costing.ingest.formats.format import Head
    from costing.ingest.source import Source

_PIECE_BYTES = 64 * 1024


class Shape(Enum):
    """What a source that begins with an object is."""

    LINES = "one object a line"
    PAGE = "an object with a list of results"
    DOCUMENT = "one or more objects over several lines"


def read_elements(source: Source, path: str, form: str) -> Iterator[tuple[int, object]]:
    """The elements at an ijson path, in every document of the source, with their ordinal from 1.

    Raises:
        SourceDamaged: the text is no JSON from some place on, or an element is too long.
    """
    import ijson

    ordinal = 0
    with source.open() as stream:
        pieces = _Pieces(source, stream, form)
        try:
            elements = ijson.items(
                pieces, path, use_float=False, map_type=FirstWins, multiple_values=True,
                buf_size=_PIECE_BYTES,
            )  # fmt: skip
            for ordinal, element in enumerate(elements, start=1):
                pieces.begin_element()
                yield ordinal, element
        except (ijson.JSONError, InvalidOperation, ValueError) as error:
            place = f"after row {ordinal}, near byte {pieces.read_bytes}"
            raise SourceDamaged(source.name, form, _reason(error), place=place) from None


def object_shape(head: Head) -> Shape:
    """What a head that begins with an object is.

    Its lines are fed to a parser until the first that ends an object, lists results, or is wrong.
    A first line that goes wrong, by itself or by what follows it, is a damaged one of JSON lines.
    """
    import ijson

    outline = _Outline()
    parser = ijson.basic_parse_coro(outline)
    lines = head.bytes.lstrip().splitlines(keepends=True)
    is_only_line = not any(line.strip() for line in lines[1:])
    for number, line in enumerate(lines, start=1):
        is_right = _feed(parser, line)
        if outline.has_results:
            return Shape.PAGE
        if not is_right or is_only_line:
            return Shape.LINES
        if outline.is_complete:
            return Shape.LINES if number == 1 else Shape.DOCUMENT
    return Shape.DOCUMENT


def _feed(parser: _Parser, line: bytes) -> bool:
    """Whether the text is right so far."""
    import ijson

    try:
        parser.send(line)
    except (ijson.JSONError, InvalidOperation, ValueError):
        return False
    return True


class _Parser(Protocol):
    def send(self, piece: bytes, /) -> object: ...


class _Outline:
    """What the events of a parser have shown of the first object.

    Attributes:
        is_complete: the object has ended.
        has_results: it has a list called `results`.
    """

    def __init__(self) -> None:
        self.is_complete = False
        self.has_results = False
        self._depth = 0
        self._name: object = None

    def send(self, event: tuple[str, object]) -> None:
        """Take one event: its kind, and its value or name."""
        kind, value = event
        if kind == "map_key" and self._depth == 1:
            self._name = value
        if kind == "start_array" and self._depth == 1 and self._name == "results":
            self.has_results = True
        self._depth += kind.startswith("start_") - kind.startswith("end_")
        self.is_complete = self.is_complete or (self._depth == 0 and kind == "end_map")


class _Pieces:
    """The bytes of a source as ijson asks for them, with a bound on those of one element."""

    def __init__(self, source: Source, stream: BinaryIO, form: str) -> None:
        self._source = source
        self._stream = stream
        self._form = form
        self._element_bytes = 0
        self.read_bytes = 0

    def begin_element(self) -> None:
        """Count the bytes of an element anew."""
        self._element_bytes = 0

    def read(self, size: int) -> bytes:
        """The next piece; refused where an element grows too long."""
        if self._element_bytes > self._source.max_line_bytes:
            reason = f"an element is longer than {self._source.max_line_bytes} bytes"
            place = f"near byte {self.read_bytes}"
            raise SourceDamaged(self._source.name, self._form, reason, place=place)
        piece = self._stream.read(size)
        self._element_bytes += len(piece)
        self.read_bytes += len(piece)
        return piece


def _reason(error: Exception) -> str:
    """The parser's first line, which says what is wrong; those below it would quote the text."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    first_line = text.partition("\n")[0].strip()
    is_known = first_line.startswith(("lexical error", "parse error"))
    return first_line if is_known else "no JSON that can be read"
