"""Cells as people read them: rounded once, with `$0.00`, `<$0.01` and `—` (unknown) kept apart.

Rule of this file: a column whose lines sum to the total is rounded as a whole, so that the lines
that are printed sum to the total that is printed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import assert_never

from pricing.money import format_usd, round_half_up, round_lines, shortest
from reports.column import Cell, Column, Making, Unit
from reports.formats.style import Style
from reports.table import Table

UNKNOWN = "—"
TOTAL = "total"
AMOUNT = "amount_usd"
_PRICE_FIGURES = Context(prec=4, rounding=ROUND_HALF_UP)


def read_rows(table: Table, style: Style) -> tuple[list[Column], list[list[str]]]:
    """The columns that people are shown, and every line as text, the total last where there is one.

    A column in which nothing is known is left out, unless it is a text or the amount. A single
    line that is not grouped is its own total and is not repeated.
    """
    has_total = table.total is not None and table.columns[0].unit is Unit.TEXT and bool(table.rows)
    shown = [index for index, column in enumerate(table.columns) if _is_shown(table, index)]
    texts = [_read_column(table, index, style, has_total=has_total) for index in shown]
    rows = [list(row) for row in zip(*texts, strict=True)]
    if has_total:
        rows[-1][0] = TOTAL
    return [table.columns[index] for index in shown], rows


def _is_shown(table: Table, index: int) -> bool:
    """Whether people are shown a column: what was asked for always, else what says something."""
    column = table.columns[index]
    if column.is_detail:
        return False
    is_asked = column.unit is Unit.TEXT or column.name == AMOUNT
    lines = table.rows if table.total is None else (*table.rows, table.total)
    return is_asked or not table.rows or any(line[index] is not None for line in lines)


def _read_column(table: Table, index: int, style: Style, *, has_total: bool) -> list[str]:
    """One column as text, top to bottom."""
    column = table.columns[index]
    cells = [row[index] for row in table.rows]
    total = [table.total[index]] if table.total is not None and has_total else []
    places = _places(column)
    if style.full_precision or places is None or not column.making.adds_up:
        return [_read(column, cell, style) for cell in (*cells, *total)]
    known = [cell for cell in cells if isinstance(cell, Decimal)]
    rounded = iter(round_lines(known, places))
    lines = [
        _read_rounded(column, cell, next(rounded)) if isinstance(cell, Decimal) else UNKNOWN
        for cell in cells
    ]
    return lines + [_read(column, cell, style) for cell in total]


def _places(column: Column) -> int | None:
    """Decimals that people are shown; None where the number of figures decides."""
    match column.unit:
        case Unit.USD | Unit.RATIO:
            return 2
        case Unit.SECONDS:
            return 1 if column.making.adds_up else 2
        case Unit.PERCENT:
            return 1
        case Unit.PRICE | Unit.QUANTITY | Unit.COUNT | Unit.UNITS | Unit.TEXT | Unit.INSTANT:
            return None
        case _:
            assert_never(column.unit)


def _read(column: Column, cell: Cell, style: Style) -> str:
    """One cell by itself."""
    match cell:
        case None:
            return UNKNOWN
        case str():
            return printable(cell)
        case Decimal():
            return _read_decimal(column, cell, style)
        case int():
            return f"{cell:,}"
        case datetime():
            return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            assert_never(cell)


def _read_decimal(column: Column, exact: Decimal, style: Style) -> str:
    """A decimal by itself: every digit, or rounded half up."""
    places = _places(column)
    if style.full_precision:
        full = format_usd(exact, full=True) if column.unit is Unit.USD else f"{shortest(exact):,f}"
        return full if column.unit is Unit.USD else _dress(column, full, exact)
    if column.unit is Unit.PRICE:
        return _dress(column, _price_text(exact), exact)
    if places is None:
        return f"{shortest(exact):,f}"
    return _read_rounded(column, exact, round_half_up(exact, places))


def _read_rounded(column: Column, exact: Decimal, rounded: Decimal) -> str:
    """A rounded value; what is too small to show says so, and is not zero."""
    places = _places(column) or 0
    is_hidden = bool(exact) and not rounded
    shown = Decimal(1).scaleb(-places) if is_hidden else abs(rounded)
    sign = "-" if exact < 0 else ""
    text = f"${shown:,f}" if column.unit is Unit.USD else f"{shown:,f}"
    if is_hidden:
        return _suffix(column, f"{'>' if sign else '<'}{sign}{text}")
    plus = "+" if column.making is Making.CHANGE and rounded > 0 else ""
    return _suffix(column, f"{'-' if rounded < 0 else plus}{text}")


def _price_text(exact: Decimal) -> str:
    """A price to four figures, and to cents at least.

    >>> _price_text(Decimal("0.000028514999")), _price_text(Decimal(12))
    ('0.00002851', '12.00')
    """
    figures = shortest(_PRICE_FIGURES.plus(exact)) if abs(exact) < 1 else round_half_up(exact, 2)
    return f"{figures:,.2f}" if -int(figures.as_tuple().exponent) < 2 else f"{figures:,f}"


def _dress(column: Column, text: str, exact: Decimal) -> str:
    """A written number with the sign of its unit."""
    if column.unit is Unit.PRICE:
        return f"-${text.removeprefix('-')}" if exact < 0 else f"${text}"
    plus = "+" if column.making is Making.CHANGE and exact > 0 else ""
    return _suffix(column, f"{plus}{text}")


def _suffix(column: Column, text: str) -> str:
    """A written number with what stands behind its unit."""
    match column.unit:
        case Unit.PERCENT:
            return f"{text}%"
        case Unit.RATIO:
            return f"{text}×"
        case _:
            return text


def printable(text: str) -> str:
    """Text on one line, whatever it holds: signs that a terminal would obey are written out.

    >>> printable("ring the bell" + chr(7)) == "ring the bell" + chr(92) + "x07"
    True
    """
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
