"""Records written over several lines each, as an answer of the API or `jq .` prints them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from costing.ingest.formats.format import Format, Head
from costing.ingest.formats.json_stream import Holder, read_elements
from costing.ingest.formats.json_text import BrokenJson, CutJson, JsonText
from costing.ingest.line import MAX_LINE_BYTES

if TYPE_CHECKING:
    from costing.ingest.source import Source

_TITLE = "JSON document"


def _recognise(head: Head) -> bool:
    """An object that goes on behind its first line.

    A line that is broken off within a text, or before a line that begins an object, is a damaged
    one of JSON lines.
    """
    first, _, others = head.bytes.lstrip().partition(b"\n")
    others = others.lstrip()
    if not first.startswith(b"{") or not others or others.startswith(b"{"):
        return False
    try:
        JsonText(BytesIO(first), MAX_LINE_BYTES).skip_value()
    except CutJson as cut:
        return not cut.is_in_string
    except BrokenJson:
        return False
    return False


def _read(source: Source) -> Iterator[tuple[int, object]]:
    return read_elements(source, Holder.OBJECT, _TITLE)


FORMAT = Format("json_document", _TITLE, _recognise, _read)
