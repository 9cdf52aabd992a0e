"""From what SQL summed to a finished line: totals, and every quotient of a report.

Rule of this file: money is added and divided here in decimals, never in SQL, whose `/` and `avg`
are binary. A sum of nothing known is unknown; a quotient by zero is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from pricing.money import shortest
from pricing.reason import Reason, mend
from reports.column import Cell, Column, Making, Quantities, Unit, Value

Line = dict[str, Value]
"""One line of a report by column name."""

_WIDE = Context(prec=80, rounding=ROUND_HALF_UP)
_HUNDRED = Decimal(100)


def derive_lines(columns: Sequence[Column], lines: Sequence[Line]) -> tuple[list[Line], Line]:
    """The lines with their formulas computed, and their total.

    The total of a sum or of a difference is the sum of the lines, so that a line whose difference
    is unknown is in neither; every other formula is computed from the totals. Columns that do not
    add up are unknown in the total.
    """
    formulas = [column for column in columns if column.making.is_derived]
    total = _total(columns, lines, Making.SUM)
    derived = [_derive_line(formulas, line, total) for line in lines]
    return derived, sum_lines(columns, derived, total)


def sum_lines(columns: Sequence[Column], lines: Sequence[Line], total: Line) -> Line:
    """One line for several finished ones: all of them, or those that are not shown by themselves.

    Args:
        columns: of the table.
        lines: their formulas are computed.
        total: what all lines of the table sum to; what a share is a share of.
    """
    formulas = [column for column in columns if column.making.is_derived]
    whole = _derive_line(formulas, _total(columns, lines, Making.SUM), total)
    for column in formulas:
        if column.making is Making.DIFFERENCE:
            whole[column.name] = _sum(column, [line[column.name] for line in lines])
    return whole


def _derive_line(formulas: Sequence[Column], line: Line, total: Line) -> Line:
    """A line with its formulas computed, in their order: a later one may read an earlier one."""
    derived = dict(line)
    for column in formulas:
        derived[column.name] = _FORMULAS[column.making](column, derived, total)
    return derived


def finish_cell(value: Value) -> Cell:
    """A value as it stands in a table: quantities written out."""
    return write_quantities(value) if isinstance(value, dict) else value


def write_quantities(quantities: Quantities) -> str | None:
    """Quantities as text, by unit.

    >>> write_quantities({"output_image": Decimal("12.000"), "input_token": Decimal(8)})
    '8 input_token, 12 output_image'
    """
    parts = [f"{shortest(quantities[unit]):f} {unit}" for unit in sorted(quantities)]
    return ", ".join(parts) or None


def read_quantities(text: str) -> Quantities:
    """Quantities from the text that `write_quantities` makes of them.

    >>> read_quantities("8 input_token, 12 output_image")["output_image"]
    Decimal('12')
    """
    parts = (part.split(" ") for part in text.split(", "))
    return {unit: Decimal(number) for number, unit in parts}


def _total(columns: Sequence[Column], lines: Sequence[Line], making: Making) -> Line:
    """What the lines sum to in the columns of one making; unknown in the others.

    The $0.00 of a line without predictions, which stands there for what it cost before, does not
    make an amount known: where predictions lack one and none is rated, the sum is unknown.
    """
    total = {
        column.name: _sum(column, [line[column.name] for line in lines])
        if column.making is making
        else None
        for column in columns
    }
    if total.get("rated") == 0 and total.get("unrated"):
        for column in columns:
            if column.operands == ("unrated",) and not total[column.name]:
                total[column.name] = None
    return total


def _sum(column: Column, values: Sequence[Value]) -> Value:
    """The sum of what is known; 0 of no lines, None of lines that are all unknown."""
    known = [value for value in values if value is not None]
    if column.unit is Unit.UNITS:
        return _merge([value for value in known if isinstance(value, dict)])
    if values and not known:
        return None
    if column.unit is Unit.COUNT:
        return sum(value for value in known if isinstance(value, int))
    return _add([value for value in known if isinstance(value, Decimal)])


def _add(amounts: Sequence[Decimal]) -> Decimal:
    """The exact sum."""
    total = Decimal(0)
    for amount in amounts:
        total = _WIDE.add(total, amount)
    return total


def _merge(maps: Sequence[Quantities]) -> Quantities:
    """Quantities added unit by unit."""
    units = sorted({unit for item in maps for unit in item})
    return {unit: _add([item[unit] for item in maps if unit in item]) for unit in units}


def _share(column: Column, line: Line, total: Line) -> Value:
    """Percent of the total."""
    name = column.operands[0]
    return _divide(column, _number(line, name), _number(total, name))


def _difference(column: Column, line: Line, total: Line) -> Value:  # noqa: ARG001 - one shape
    """What the first is above the second."""
    first, second = (_number(line, name) for name in column.operands)
    return None if first is None or second is None else _WIDE.subtract(first, second)


def _change(column: Column, line: Line, total: Line) -> Value:
    """Percent that the first is above the second."""
    second = _number(line, column.operands[1])
    above = _difference(column, line, total)
    return _divide(column, above if isinstance(above, Decimal) else None, second)


def _ratio(column: Column, line: Line, total: Line) -> Value:  # noqa: ARG001 - one shape
    """The first for one of the second."""
    first, second = (_number(line, name) for name in column.operands)
    return _divide(column, first, second)


def _mend(column: Column, line: Line, total: Line) -> Value:  # noqa: ARG001 - one shape
    """What to do about a reason."""
    reason = line.get(column.operands[0])
    is_known = isinstance(reason, str) and reason in set(Reason)
    return mend(Reason(str(reason))) if is_known else None


def _divide(column: Column, first: Decimal | None, second: Decimal | None) -> Decimal | None:
    """A quotient to the places of the column's unit, half up; percent are hundredfold."""
    if first is None or not second:
        return None
    scaled = _WIDE.multiply(first, _HUNDRED) if column.unit is Unit.PERCENT else first
    unit = Decimal(1).scaleb(-column.unit.scale)
    return _WIDE.divide(scaled, second).quantize(unit, context=_WIDE)


def _number(line: Line, name: str) -> Decimal | None:
    """A value as a decimal, where it is a number."""
    value = line.get(name)
    match value:
        case Decimal():
            return value
        case int():
            return Decimal(value)
        case None | str() | datetime() | dict():
            return None


_Formula = Callable[[Column, Line, Line], Value]
_FORMULAS: Mapping[Making, _Formula] = {
    Making.SHARE: _share,
    Making.DIFFERENCE: _difference,
    Making.CHANGE: _change,
    Making.RATIO: _ratio,
    Making.MEND: _mend,
}
