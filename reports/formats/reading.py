"""Cells as people read them: rounded once, with `$0.00`, `<$0.01` and `—` (unknown) kept apart.

Rule of this file: the lines of money that are printed sum to the total that is printed, unless some
of them are too small to show, each of which may be anything up to a cent; an amount that is not
zero is never printed as zero; and a sum of which something is missing says that it is the least
(`≥$1.20`, or `>$0.00` where what is known is too small to show).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import assert_never

from pricing.money import add_exact, format_usd, round_half_up, round_lines, shortest
from reports.column import Cell, Column, Making, Unit
from reports.formats.absence import absent_text
from reports.formats.style import Style
from reports.printable import printable
from reports.table import Table

TOTAL = "total"
AT_LEAST = "≥"
OVER_NOTHING = ">$0.00"
AMOUNT = "amount_usd"
_PRICE_FIGURES = Context(prec=4, rounding=ROUND_HALF_UP)
_COUNTED = frozenset({Unit.COUNT, Unit.SECONDS, Unit.QUANTITY})


def read_rows(table: Table, style: Style) -> tuple[list[Column], list[list[str]]]:
    """The columns that people are shown, and every line as text, the total last where there is one.

    A single line that is not grouped is its own total and is not repeated.
    """
    has_total = table.total is not None and table.columns[0].unit is Unit.TEXT and bool(table.rows)
    shown = [column for column in table.columns if _is_shown(table, column)]
    texts = [_read_column(table, column, style, has_total=has_total) for column in shown]
    rows = [list(row) for row in zip(*texts, strict=True)]
    if has_total:
        rows[-1][0] = TOTAL
    return shown, rows


def _is_shown(table: Table, column: Column) -> bool:
    """Whether people are shown a column: what was asked for always, else what says something.

    Nothing is said by a column without any value, by a count that is zero throughout, and by what
    others are compared with where that is zero throughout. Advice stands under the table.
    """
    if column.is_detail or column.making is Making.MEND:
        return False
    if column.unit is Unit.TEXT or column.name == AMOUNT or not table.rows:
        return True
    cells = table.values(column.name) + ([] if table.total is None else [_total(table, column)])
    changes = (one for one in table.columns if one.making is Making.CHANGE)
    bases = {name for one in changes for name in one.operands[1:]}
    is_silent_zero = column.making is Making.SUM and (
        column.unit in _COUNTED or column.name in bases
    )
    return any(cell is not None and (bool(cell) or not is_silent_zero) for cell in cells)


def _total(table: Table, column: Column) -> Cell:
    return None if table.total is None else table.total[table.columns.index(column)]


def _read_column(table: Table, column: Column, style: Style, *, has_total: bool) -> list[str]:
    """One column as text, top to bottom."""
    position = table.columns.index(column)
    cells = [row[position] for row in table.rows]
    rounded = _round_together(column, cells, style)
    texts = [
        _read_cell(table, column, row, style, shown)
        for row, shown in zip(table.rows, rounded, strict=True)
    ]
    if table.total is not None and has_total:
        texts.append(_read_cell(table, column, table.total, style, None))
    return texts


def _read_cell(
    table: Table, column: Column, line: Sequence[Cell], style: Style, rounded: Decimal | None
) -> str:
    """One cell of a line; `rounded` is what it was rounded to beside the others of its column."""
    cell = line[table.columns.index(column)]
    if cell is None:
        columns = {one.name: one for one in table.columns}
        named = dict(zip(columns, line, strict=True))
        return absent_text(column, named, columns, is_sum=_is_sum(table, line))
    if rounded is not None and isinstance(cell, Decimal):
        text = _read_rounded(column, cell, rounded)
    else:
        text = _read(column, cell, style)
    return _least(text) if _lacks_something(table, column, line) else text


def _is_sum(table: Table, line: Sequence[Cell]) -> bool:
    """Whether a line is made of others."""
    return line is table.total or (table.other_lines > 0 and line is table.rows[-1])


def _lacks_something(table: Table, column: Column, line: Sequence[Cell]) -> bool:
    """Whether a sum is the least it can be, as the column that counts what it lacks is not zero."""
    if column.making is not Making.SUM or not column.operands:
        return False
    names = [one.name for one in table.columns]
    return bool(line[names.index(column.operands[0])])


def _least(text: str) -> str:
    """A written amount as the least that it can be.

    >>> _least("$1.20"), _least("<$0.01")
    ('≥$1.20', '>$0.00')
    """
    return OVER_NOTHING if text.startswith("<") else f"{AT_LEAST}{text}"


def _round_together(
    column: Column, cells: Sequence[Cell], style: Style
) -> Sequence[Decimal | None]:
    """What the cells of a column that sums money are rounded to; None is each for itself.

    Each is rounded half up by itself, unless a reader who sums what is printed could not come to
    the printed total. Then the lines are rounded by the largest remainder. What is printed as
    `<$0.01` or `>$0.00` may be anything up to a cent to him.
    """
    places = _places(column)
    is_money = column.unit is Unit.USD and column.making.adds_up
    known = [cell for cell in cells if isinstance(cell, Decimal)]
    if not is_money or places is None or style.full_precision or _is_plain_sum(known, places):
        return [None] * len(cells)
    rounded = iter(round_lines(known, places))
    return [next(rounded) if isinstance(cell, Decimal) else None for cell in cells]


def _is_plain_sum(amounts: Sequence[Decimal], places: int) -> bool:
    """Whether amounts that are rounded each by itself can be summed to their rounded total."""
    lines = [round_half_up(amount, places) for amount in amounts]
    hidden = [
        amount > 0 for amount, line in zip(amounts, lines, strict=True) if amount and not line
    ]
    difference = round_half_up(add_exact(amounts), places) - add_exact(lines)
    unit = Decimal(1).scaleb(-places)
    return -hidden.count(False) * unit <= difference <= hidden.count(True) * unit


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


def _read(column: Column, cell: str | Decimal | int | datetime, style: Style) -> str:
    """One cell by itself."""
    match cell:
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
