"""What stands in a cell without a value: `—`, `(none)` or nothing.

Rule of this file: three things look different. `—` is unknown: there is an amount, and nobody can
say it. `(none)` is a record without that dimension, a tag that it lacks. An empty cell does not
apply: a change against nothing, the price of an image where no image was made, the total of what
does not add up.
"""

from __future__ import annotations

from collections.abc import Mapping

from reports.column import Cell, Column, Making, Unit

UNKNOWN = "—"
NO_VALUE = "(none)"
NOT_APPLICABLE = ""


def absent_text(
    column: Column, line: Mapping[str, Cell], columns: Mapping[str, Column], *, is_sum: bool
) -> str:
    """What stands in the empty cell of a column.

    Args:
        column: the column; its cell in the line is None.
        line: the cells of the line by name of column.
        columns: every column of the table by name.
        is_sum: whether the line is made of others: the total, or the rest.
    """
    if column.is_dimension:
        return NOT_APPLICABLE if is_sum else NO_VALUE
    return UNKNOWN if _is_unknown(column, line, columns, is_sum=is_sum) else NOT_APPLICABLE


def _is_unknown(
    column: Column, line: Mapping[str, Cell], columns: Mapping[str, Column], *, is_sum: bool
) -> bool:
    """Whether there is a value that nobody can say; a formula lacks one only for its operands."""
    match column.making:
        case Making.SUM:
            return column.unit is not Unit.UNITS
        case Making.EACH:
            return not is_sum and column.unit not in {Unit.COUNT, Unit.TEXT}
        case Making.SHARE | Making.DIFFERENCE | Making.CHANGE | Making.RATIO | Making.MEND:
            read = [columns[name] for name in column.operands if name in columns]
            absent = [one for one in read if line[one.name] is None]
            unknown = (_is_unknown(one, line, columns, is_sum=is_sum) for one in absent)
            return bool(absent) and all(unknown)
