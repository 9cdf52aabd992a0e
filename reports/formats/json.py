"""A JSON envelope: what the table is about, how complete it is, and its lines.

Decimals and instants are text, so that no reader turns money into a double; counts are numbers;
unknown is null. Keys are sorted. `schema` changes only when a reader would have to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from reports.column import Cell
from reports.formats.exact import exact_text, instant_text
from reports.formats.style import Style
from reports.table import CURRENCY, Completeness, Table, Waiting

SCHEMA = "costing.report/1"

Json = str | int | None | Sequence["Json"] | Mapping[str, "Json"]


def render(table: Table, style: Style) -> bytes:  # noqa: ARG001 - always exact, never cut
    """The envelope as UTF-8, indented, ending with a line break."""
    text = json.dumps(envelope(table), ensure_ascii=False, indent=2, sort_keys=True)
    return f"{text}\n".encode(errors="surrogatepass")


def envelope(table: Table) -> dict[str, Json]:
    """The table as JSON values."""
    head = table.head
    return {
        "schema": SCHEMA,
        "report": head.report,
        "title": head.title,
        "period": {"start": _instant(head.period.start), "end": _instant(head.period.end)},
        "timezone": head.zone,
        "currency": CURRENCY,
        "book": head.book or None,
        "other_book": head.other_book or None,
        "data_as_of": _instant(head.data_as_of),
        "waiting": _waiting(head.waiting),
        "known_on": _instant(head.known_on),
        "prices_known_on": _instant(head.prices_known_on),
        "completeness": _completeness(head.completeness),
        "columns": [{"name": column.name, "unit": column.unit} for column in table.columns],
        "left_out": table.left_out,
        "other_lines": table.other_lines,
        "rows": [_row(table, row) for row in table.rows],
        "total": None if table.total is None else _row(table, table.total),
    }


def _row(table: Table, row: Sequence[Cell]) -> dict[str, Json]:
    """One line by column name."""
    return {
        column.name: cell if isinstance(cell, int) else exact_text(cell)
        for column, cell in zip(table.columns, row, strict=True)
    }


def _completeness(completeness: Completeness | None) -> dict[str, Json] | None:
    """The counts as numbers, the sums as text."""
    if completeness is None:
        return None
    return {
        "predictions": completeness.predictions,
        "rated": completeness.rated,
        "unrated": completeness.unrated,
        "pending": completeness.pending,
        "unrated_seconds": exact_text(completeness.unrated_seconds),
        "estimated": completeness.estimated,
        "estimate_usd": exact_text(completeness.estimate_usd),
        "lower_bounded": completeness.lower_bounded,
        "lower_bound_usd": exact_text(completeness.lower_bound_usd),
        "without_hardware": completeness.without_hardware,
        "kept_on_usd": exact_text(completeness.kept_on_usd),
        "kept_on_unrated_seconds": exact_text(completeness.kept_on_unrated_seconds),
    }


def _waiting(waiting: Waiting | None) -> dict[str, Json] | None:
    """What is not in the ledger yet."""
    return None if waiting is None else {"rows": waiting.rows, "since": _instant(waiting.since)}


def _instant(instant: datetime | None) -> str | None:
    """An instant as text; an open end or an unknown instant is null."""
    return None if instant is None else instant_text(instant)
