"""A Parquet file: decimals of 38 digits, UTC timestamps, whole numbers and text.

Written by Polars, which carries the decimals unchanged; the same table gives the same bytes.
"""

from __future__ import annotations

import io

from reports.formats.style import Style
from reports.table import Table


def render(table: Table, style: Style) -> bytes:  # noqa: ARG001 - always exact, never cut
    """The lines as one Parquet file, compressed with Zstandard."""
    file = io.BytesIO()
    table.to_polars().write_parquet(file, compression="zstd")
    return file.getvalue()
