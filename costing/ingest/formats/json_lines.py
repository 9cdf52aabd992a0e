"""JSON lines: one record a line. The one format in which a damaged row costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costing.ingest.formats.format import Format, Head
from costing.ingest.line import bounded_lines

if TYPE_CHECKING:
    from costing.ingest.source import Source


def _recognise(head: Head) -> bool:
    """An empty file, or one in which a line begins an object; the first one may be damaged."""
    lines = head.bytes.splitlines()
    return not head.bytes.strip() or any(line.lstrip().startswith(b"{") for line in lines)


def _read(source: Source) -> Iterator[tuple[int, object]]:
    with source.open() as stream:
        for number, line in enumerate(bounded_lines(stream, source.max_line_bytes), start=1):
            if not line.isspace():
                yield number, line


FORMAT = Format("json_lines", "JSON lines", _recognise, _read)
