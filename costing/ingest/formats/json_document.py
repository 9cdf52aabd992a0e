"""Records written over several lines each, as an answer of the API or `jq .` prints them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costing.ingest.formats.format import Format, Head
from costing.ingest.formats.json_stream import Shape, object_shape, read_elements

if TYPE_CHECKING:
    from costing.ingest.source import Source

_TITLE = "JSON document"


def _recognise(head: Head) -> bool:
    return head.bytes.lstrip().startswith(b"{") and object_shape(head) is Shape.DOCUMENT


def _read(source: Source) -> Iterator[tuple[int, object]]:
    return read_elements(source, "", _TITLE)


FORMAT = Format("json_document", _TITLE, _recognise, _read)
