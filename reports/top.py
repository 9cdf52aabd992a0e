"""The first lines of a report, and all others as one: `--top`.

Rule of this file: nothing is lost. The last line is the sum of those that are not shown, so that
lines still sum to the total.
"""

from __future__ import annotations

from dataclasses import replace

from reports.column import Cell, Unit
from reports.derive import Line, finish_cell, read_quantities, sum_lines
from reports.table import Table


def keep_top(table: Table, count: int) -> Table:
    """The table with its first lines, and one more, "Other (7 lines)", that is the sum of the rest.

    Args:
        table: of a report whose lines are spend, in the report's order.
        count: lines that are kept, 1 or more; a table that has no more stays as it is.
    """
    rest = table.rows[count:]
    if not rest or table.total is None:
        return table
    whole = sum_lines(table.columns, [_line(table, row) for row in rest], _line(table, table.total))
    cells = [finish_cell(whole[column.name]) for column in table.columns]
    if table.columns[0].unit is Unit.TEXT:
        cells[0] = f"Other ({len(rest):,} {'line' if len(rest) == 1 else 'lines'})"
    return replace(table, rows=(*table.rows[:count], tuple(cells)), other_lines=len(rest))


def _line(table: Table, row: tuple[Cell, ...]) -> Line:
    """A row by name of column, its quantities as numbers again."""
    return {
        column.name: read_quantities(cell)
        if column.unit is Unit.UNITS and isinstance(cell, str)
        else cell
        for column, cell in zip(table.columns, row, strict=True)
    }
