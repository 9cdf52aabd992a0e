"""A Markdown table for people: the same rounding as plain text, with a heading and notes."""

from __future__ import annotations

from collections.abc import Sequence

from reports.formats.head import head_lines, note_lines
from reports.formats.reading import read_rows
from reports.formats.style import Style
from reports.table import Table

_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\|`*_<>[]"})


def render(table: Table, style: Style) -> bytes:
    """The table as UTF-8, ending with a line break."""
    columns, rows = read_rows(table, style)
    lines = [f"## {table.head.title}", ""]
    lines += [f"{escape(line)}  " for line in head_lines(table.head)]
    lines += ["", _line([column.label for column in columns])]
    lines.append(_line(["---:" if column.is_number else "---" for column in columns]))
    lines += [_line([escape(cell) for cell in row]) for row in rows]
    notes = [f"- {note}" for note in note_lines(table, rows, style)]
    text = "\n".join([*lines, *([""] if notes else []), *notes, ""])
    return text.encode(errors="backslashreplace")


def _line(cells: Sequence[str]) -> str:
    """One line of the table."""
    return f"| {' | '.join(cells)} |"


def escape(text: str) -> str:
    """Text that Markdown takes as text, each sign that it would obey behind a backslash."""
    return text.translate(_SPECIAL)
