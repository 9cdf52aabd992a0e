"""The formats in which prediction records are read: one module and one row each.

The order is the order in which they are asked: the surest signs first. JSON lines come last, for
they are told by any line that begins an object, the damaged first line of a good file included.
"""

from __future__ import annotations

from costing.ingest.formats import (
    api_page,
    csv_table,
    json_array,
    json_document,
    json_lines,
    parquet,
)
from costing.ingest.formats.format import Format, Head

__all__ = ["FORMATS", "Format", "Head"]

FORMATS: tuple[Format, ...] = (
    parquet.FORMAT,
    json_array.FORMAT,
    api_page.FORMAT,
    json_document.FORMAT,
    csv_table.FORMAT,
    json_lines.FORMAT,
)
"""Every format, in the order in which they are asked."""
