"""Plain aligned text for people: no colour, and nothing cut unless a terminal is too narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from unicodedata import combining, east_asian_width

from reports.column import Column, Unit
from reports.formats.head import head_lines, note_lines, nothing_text
from reports.formats.reading import TOTAL, read_rows
from reports.formats.style import Style
from reports.table import Table

_GAP = "  "
_NARROW_GAP = " "
_CUT = "…"
_NARROWEST = 8
_DAY_WIDTH = len("2026-10-01")


def render(table: Table, style: Style) -> bytes:
    """The table as UTF-8, ending with a line break."""
    columns, rows = read_rows(table, style)
    lines = [table.head.title, *head_lines(table.head), "", *_grid(table, columns, rows, style)]
    notes = note_lines(table, rows, style)
    text = "\n".join([*lines, *([""] if notes else []), *notes, ""])
    return text.encode(errors="backslashreplace")


def _grid(
    table: Table, columns: Sequence[Column], rows: Sequence[Sequence[str]], style: Style
) -> list[str]:
    """Head, rule, lines, and under another rule the total."""
    if not rows:
        return [nothing_text(table.head)]
    contents = [max(map(text_width, cells)) for cells in zip(*rows, strict=True)]
    layout = _lay_out(columns, contents, style.width)
    lines = [_join(columns, cells, layout) for cells in rows]
    rule = layout.gap.join("-" * width for width in layout.widths)
    if table.total is not None and rows[-1][0] == TOTAL and len(rows) > len(table.rows):
        lines.insert(-1, rule)
    return [*(_join(columns, cells, layout) for cells in _stack(layout.heads)), rule, *lines]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Heads of a line or more for each column, what stands between columns, and their widths."""

    heads: tuple[tuple[str, ...], ...]
    gap: str
    widths: tuple[int, ...]

    @property
    def width(self) -> int:
        """Columns of a terminal that a line takes."""
        return sum(self.widths) + len(self.gap) * (len(self.widths) - 1)


def _lay_out(columns: Sequence[Column], contents: Sequence[int], width: int | None) -> _Layout:
    """The roomiest layout that fits a terminal: heads are broken, gaps closed, then texts cut."""
    flat = tuple((column.label,) for column in columns)
    broken = tuple(
        tuple(wrap(column.label, max(needed, _longest_word(column.label))))
        for column, needed in zip(columns, contents, strict=True)
    )
    layout = _widen(flat, _GAP, contents)
    for heads, gap in ((broken, _GAP), (broken, _NARROW_GAP)):
        if width is None or layout.width <= width:
            return layout
        layout = _widen(heads, gap, contents)
    return layout if width is None else _narrow(columns, layout, width)


def _widen(heads: tuple[tuple[str, ...], ...], gap: str, contents: Sequence[int]) -> _Layout:
    """A layout in which nothing is cut."""
    widths = (
        max(width, *map(text_width, head)) for head, width in zip(heads, contents, strict=True)
    )
    return _Layout(heads, gap, tuple(widths))


def _longest_word(label: str) -> int:
    return max(map(text_width, label.split()), default=1)


def _stack(heads: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """Heads of one or more lines, line by line, all ending above the rule."""
    depth = max(map(len, heads))
    padded = [[*[""] * (depth - len(head)), *head] for head in heads]
    return (list(line) for line in zip(*padded, strict=True))


def _join(columns: Sequence[Column], cells: Sequence[str], layout: _Layout) -> str:
    """One line, numbers flush right."""
    padded = []
    for column, cell, width in zip(columns, cells, layout.widths, strict=True):
        text = _fit(column, cell, width)
        space = " " * (width - text_width(text))
        padded.append(space + text if column.is_number else text + space)
    return layout.gap.join(padded).rstrip()


def _fit(column: Column, cell: str, width: int) -> str:
    """A cell within the width of its column."""
    if column.unit is Unit.INSTANT and text_width(cell) > width:
        return cell[:_DAY_WIDTH]
    return cut_middle(cell, width) if column.is_dimension else cut(cell, width)


def _narrow(columns: Sequence[Column], layout: _Layout, width: int) -> _Layout:
    """A layout that fits: instants become days, then texts give way, numbers never.

    What texts give comes from the widest of them; the names that lines go by come last.
    """
    narrowed = list(layout.widths)
    for index, column in enumerate(columns):
        if column.unit is Unit.INSTANT:
            narrowed[index] = max(_DAY_WIDTH, *map(text_width, layout.heads[index]))
    excess = sum(narrowed) + layout.width - sum(layout.widths) - width
    for is_name in (False, True):
        texts = [
            index
            for index, column in enumerate(columns)
            if column.unit in {Unit.TEXT, Unit.UNITS} and column.is_dimension is is_name
        ]
        while excess > 0 and texts:
            widest = max(texts, key=lambda index: narrowed[index])
            if narrowed[widest] <= _NARROWEST:
                break
            narrowed[widest] -= 1
            excess -= 1
    return replace(layout, widths=tuple(narrowed))


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


def cut_middle(text: str, width: int) -> str:
    """A name of at most a width; its beginning and its end tell it apart.

    >>> cut_middle("stability-ai/stable-diffusion", 15)
    'stabili…ffusion'
    """
    if text_width(text) <= width:
        return text
    head = cut(text, width - (width - 1) // 2)
    tail = text
    while text_width(tail) > width - text_width(head):
        tail = tail[1:]
    return head + tail


def text_width(text: str) -> int:
    """Columns that a text takes on a terminal: none for accents, two for wide signs."""
    if text.isascii():
        return len(text)
    wide = sum(east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(combining(sign) > 0 for sign in text)
