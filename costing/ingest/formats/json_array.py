"""One JSON array of records, or several in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costing.ingest.formats.format import Format, Head
from costing.ingest.formats.json_stream import Holder, read_elements

if TYPE_CHECKING:
    from costing.ingest.source import Source

_TITLE = "JSON array"


def _recognise(head: Head) -> bool:
    return head.bytes.lstrip().startswith(b"[")


def _read(source: Source) -> Iterator[tuple[int, object]]:
    return read_elements(source, Holder.ARRAY, _TITLE)


FORMAT = Format("json_array", _TITLE, _recognise, _read)
