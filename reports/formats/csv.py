"""Comma-separated values (RFC 4180): a head of column names, then the lines, exact.

There is no total line: whoever sums the column gets the total. Unknown is an empty field.
"""

from __future__ import annotations

import csv
import io

from reports.formats.exact import exact_text
from reports.formats.style import Style
from reports.table import Table


def render(table: Table, style: Style) -> bytes:  # noqa: ARG001 - always exact, never cut
    """The lines as UTF-8, each ended by one line feed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([exact_text(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode()
