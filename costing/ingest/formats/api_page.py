"""Saved answers of the list endpoints, `{"next": …, "results": […]}`, one or several in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costing.ingest.formats.format import Format, Head
from costing.ingest.formats.json_stream import Shape, object_shape, read_elements

if TYPE_CHECKING:
    from costing.ingest.source import Source

_TITLE = "API page"


def _recognise(head: Head) -> bool:
    return head.bytes.lstrip().startswith(b"{") and object_shape(head) is Shape.PAGE


def _read(source: Source) -> Iterator[tuple[int, object]]:
    return read_elements(source, "results.item", _TITLE)


FORMAT = Format("api_page", _TITLE, _recognise, _read)
