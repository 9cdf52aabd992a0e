"""Records within one JSON text: the bytes of each are cut out, and read as a line would be.

Rule of this file: what stands between two commas of an array is a row, and whoever reads JSON
lines says what it means, so that an element means what the same text means on a line. Where the
brackets cannot be followed, nothing after that place can be trusted, and the text is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, assert_never

from costing.ingest.error import RequestFailed, SourceDamaged
from costing.ingest.exact_json import NotJson, read_json
from costing.ingest.formats.json_text import BrokenJson, JsonText
from costing.ingest.line import MAX_LINE_BYTES

if TYPE_CHECKING:
    from costing.ingest.source import Source

_TOLD = frozenset({"title", "detail"})
_MOST_TOLD_BYTES = 4096


class Holder(Enum):
    """What holds the records; a text may have several of one kind in a row."""

    ARRAY = "array"
    PAGE = "page"
    OBJECT = "record by itself"


class NoResults(BrokenJson):
    """An object that should be a page of records lists none.

    Attributes:
        told: those of `title` and `detail` that it has as texts.
    """

    def __init__(self, told: dict[str, str], byte: int) -> None:
        super().__init__("an object that does not list results", byte)
        self.told = told


def read_elements(source: Source, holder: Holder, form: str) -> Iterator[tuple[int, bytes]]:
    """The records of a source as bytes of JSON text, with their ordinal from 1.

    Raises:
        SourceDamaged: brackets or strings cannot be followed from some place on.
        RequestFailed: among saved pages is an answer to a request that failed.
    """
    ordinal = 0
    with source.open() as stream:
        try:
            elements = cut_elements(stream, holder, max_bytes=source.max_line_bytes)
            for ordinal, element in enumerate(elements, start=1):
                yield ordinal, element
        except BrokenJson as broken:
            place = f"after row {ordinal}, near byte {broken.byte}"
            if isinstance(broken, NoResults) and "detail" in broken.told:
                raise RequestFailed(source.name, broken.told, place=place) from None
            raise SourceDamaged(source.name, form, broken.reason, place=place) from None


def cut_elements(
    stream: BinaryIO, holder: Holder, *, max_bytes: int = MAX_LINE_BYTES
) -> Iterator[bytes]:
    """The JSON text of every record in a stream, without the space around it.

    Args:
        stream: from its beginning, in UTF-8 without a mark.
        holder: what every document of the stream is.
        max_bytes: longest element; of a longer one the first `max_bytes` + 1 bytes come.

    Raises:
        BrokenJson: the text ends too early, or its brackets do not match.

    >>> list(cut_elements(BytesIO(b'[{"id": "a"}, 1]'), Holder.ARRAY))
    [b'{"id": "a"}', b'1']
    """
    text = JsonText(stream, max_bytes)
    while sign := text.next_sign():
        match holder:
            case Holder.ARRAY:
                yield from _cut_array(text)
            case Holder.PAGE:
                yield from _cut_page(text)
            case Holder.OBJECT:
                if sign != b"{":
                    raise text.broken("text between the objects")
                yield text.take_value()
            case _:
                assert_never(holder)


def cut_results(content: bytes) -> tuple[bytes, ...]:
    """The JSON text of each record of one answer of a list endpoint that is held in memory.

    One that is longer than a line may be is a byte longer than that.

    Raises:
        BrokenJson: it ends too early, its brackets do not match, or there is more behind it.
        NoResults: it is an object that does not list results; an answer to a failed request is.

    >>> cut_results(b'{"next": "https://x/?cursor=b", "results": [{"id": "a"}]}')
    (b'{"id": "a"}',)
    """
    text = JsonText(BytesIO(content), MAX_LINE_BYTES)
    results = tuple(_cut_page(text))
    if text.next_sign():
        raise text.broken("more text behind the page")
    return results


def begins_page(head: bytes) -> bool:
    """Whether the first object of a text lists results, as far as the text goes."""
    text = JsonText(BytesIO(head), MAX_LINE_BYTES)
    try:
        for name in _cut_names(text):
            if name == "results" and text.next_sign() == b"[":
                return True
            text.skip_value()
    except BrokenJson:
        pass
    return False


def _cut_array(text: JsonText) -> Iterator[bytes]:
    """The elements of the array that begins here.

    Between two commas is an element even where nothing stands, so that its loss is seen.
    """
    text.skip_sign(b"[")
    is_empty = text.next_sign() == b"]"
    while not is_empty:
        yield text.take_element()
        if text.next_sign() == b"]":
            break
        text.skip_sign(b",")
    text.skip_sign(b"]")


def _cut_page(text: JsonText) -> Iterator[bytes]:
    """The results of the page that begins here.

    A page that lists results twice is refused: that of equal names the first counts would lose
    the records of the second.
    """
    has_results = False
    told: dict[str, str] = {}
    for name in _cut_names(text):
        is_list = name == "results" and text.next_sign() == b"["
        if is_list and has_results:
            raise text.broken("a page that lists results twice")
        if is_list:
            has_results = True
            yield from _cut_array(text)
        elif name in _TOLD:
            told.setdefault(name, _text_of(text.take_value()))
        else:
            text.skip_value()
    if not has_results:
        raise NoResults({name: said for name, said in told.items() if said}, text.byte())


def _cut_names(text: JsonText) -> Iterator[str]:
    """The names of the object that begins here, each told where its value begins.

    Whoever asks takes or skips the value before the next name is asked for.
    """
    text.skip_sign(b"{")
    is_empty = text.next_sign() == b"}"
    while not is_empty:
        name = text.take_value()
        text.skip_sign(b":")
        yield _text_of(name)
        if text.next_sign() == b"}":
            break
        text.skip_sign(b",")
    text.skip_sign(b"}")


def _text_of(raw: bytes) -> str:
    """The text that a JSON string writes; '' for anything else, and for a very long one."""
    try:
        value = read_json(raw) if len(raw) <= _MOST_TOLD_BYTES else ""
    except NotJson:
        return ""
    return value if isinstance(value, str) else ""
