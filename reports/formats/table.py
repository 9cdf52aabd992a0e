"""Plain aligned text for people: no colour, and nothing cut unless a terminal is too narrow."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

from reports.column import Column
from reports.formats.head import head_lines, note_lines
from reports.formats.reading import TOTAL, read_rows
from reports.formats.style import Style
from reports.table import Table

_GAP = "  "
_CUT = "…"
_NARROWEST = 8


def render(table: Table, style: Style) -> bytes:
    """The table as UTF-8, ending with a line break."""
    lines = [table.head.title, *head_lines(table.head), "", *_grid(table, style)]
    notes = note_lines(table, style)
    text = "\n".join([*lines, *([""] if notes else []), *notes, ""])
    return text.encode(errors="backslashreplace")


def _grid(table: Table, style: Style) -> list[str]:
    """Head, rule, lines, and under another rule the total."""
    columns, rows = read_rows(table, style)
    if not rows:
        return ["nothing in this period"]
    labels = [column.label for column in columns]
    widths = [max(map(text_width, cells)) for cells in zip(labels, *rows, strict=True)]
    widths = _narrow(columns, widths, style.width)
    rule = _GAP.join("-" * width for width in widths)
    lines = [_join(columns, cells, widths) for cells in [labels, *rows]]
    if table.total is not None and rows[-1][0] == TOTAL and len(rows) > len(table.rows):
        lines.insert(-1, rule)
    return [lines[0], rule, *lines[1:]]


def _join(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    """One line, numbers flush right."""
    padded = []
    for column, cell, width in zip(columns, cells, widths, strict=True):
        text = cut(cell, width)
        space = " " * (width - text_width(text))
        padded.append(space + text if column.is_number else text + space)
    return _GAP.join(padded).rstrip()


def _narrow(columns: Sequence[Column], widths: Sequence[int], width: int | None) -> list[int]:
    """Widths that fit a terminal, taken from the widest texts; numbers are never cut."""
    narrowed = list(widths)
    texts = [index for index, column in enumerate(columns) if not column.is_number]
    excess = 0 if width is None else sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0 and texts:
        widest = max(texts, key=lambda index: narrowed[index])
        if narrowed[widest] <= _NARROWEST:
            break
        narrowed[widest] -= 1
        excess -= 1
    return narrowed


def cut(text: str, width: int) -> str:
    """Text of at most a width; what is cut ends with an ellipsis.

    >>> cut("owner/model", 8)
    'owner/m…'
    """
    if text_width(text) <= width:
        return text
    while text_width(text) > width - 1:
        text = text[:-1]
    return text + _CUT


def text_width(text: str) -> int:
    """Columns that a text takes on a terminal: none for accents, two for wide signs."""
    if text.isascii():
        return len(text)
    wide = sum(east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(combining(sign) > 0 for sign in text)
