"""Cells as programs read them: every digit, no sign of a currency, instants in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_never

from pricing.money import shortest
from reports.column import Cell


def exact_text(cell: Cell) -> str | None:
    """A cell as text; None stays None.

    >>> exact_text(Decimal("0.310000000000000000000")), exact_text(Decimal("1E+3"))
    ('0.31', '1000')
    """
    match cell:
        case None | str():
            return cell
        case Decimal():
            return f"{shortest(cell):f}"
        case int():
            return str(cell)
        case datetime():
            return instant_text(cell)
        case _:
            assert_never(cell)


def instant_text(instant: datetime) -> str:
    """An instant as RFC 3339 in UTC.

    >>> instant_text(datetime(2026, 10, 1, tzinfo=UTC))
    '2026-10-01T00:00:00Z'
    """
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
