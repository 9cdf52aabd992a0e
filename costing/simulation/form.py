"""The forms that an answer is written in: one function and one row of `FORMS` each.

Rule of this file: a form turns an answer into bytes and knows neither files nor terminals; those
for people say the same, from the same tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costing.errors import UsageError
from costing.simulation.envelope import envelope, policies_csv
from costing.simulation.headline import foot, heading
from costing.simulation.sheet import Sheet, make_sheets
from reports.formats.markdown import escape
from reports.printable import printable

if TYPE_CHECKING:
    from costing.simulation.use_case import Simulation

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an answer; the fields as in `reports.formats.Format`."""

    name: str
    suffix: str
    media_type: str
    render: Callable[[Simulation], bytes]


def render_table(simulation: Simulation) -> bytes:
    """Plain aligned text."""
    answer = simulation.answer
    lines = [heading(simulation), "", answer.recommendation.sentence]
    for sheet in make_sheets(simulation):
        lines += ["", sheet.title, *grid(sheet), *([f"  {sheet.note}"] if sheet.note else [])]
    notes = [f"- {note}" for note in (*answer.refused, *answer.warnings)]
    lines += [*(["", "Doubts", *notes] if notes else []), "", foot(simulation), ""]
    return "\n".join(lines).encode(errors="backslashreplace")


def render_markdown(simulation: Simulation) -> bytes:
    """The same as a document."""
    answer = simulation.answer
    lines = [
        f"# {escape(heading(simulation))}",
        "",
        f"**{escape(answer.recommendation.sentence)}**",
    ]
    for sheet in make_sheets(simulation):
        lines += ["", f"## {escape(sheet.title)}", "", *markdown_grid(sheet)]
        lines += ["", escape(sheet.note)] if sheet.note else []
    notes = [f"- {escape(note)}" for note in (*answer.refused, *answer.warnings)]
    lines += [*(["", "## Doubts", "", *notes] if notes else []), "", escape(foot(simulation)), ""]
    return "\n".join(lines).encode(errors="backslashreplace")


def grid(sheet: Sheet) -> list[str]:
    """A table in aligned columns, numbers flush right."""
    rows = [sheet.titles, *([printable(cell) for cell in row] for row in sheet.rows)]
    rows = [[cell.strip() for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [_aligned(row, widths, sheet.text_columns) for row in rows]
    return [shown[0], _GAP.join("-" * width for width in widths), *shown[1:]]


def _aligned(row: Sequence[str], widths: Sequence[int], text_columns: int) -> str:
    cells = [
        cell.ljust(width) if place < text_columns else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return _GAP.join(cells).rstrip()


def markdown_grid(sheet: Sheet) -> list[str]:
    """A table as Markdown writes it."""
    rule = ["---" if place < sheet.text_columns else "---:" for place, _ in enumerate(sheet.titles)]
    rows = [sheet.titles, rule, *([escape(cell) for cell in row] for row in sheet.rows)]
    return [f"| {' | '.join(row)} |" for row in rows]


def render_json(simulation: Simulation) -> bytes:
    """The envelope."""
    text = json.dumps(envelope(simulation), ensure_ascii=False, indent=2, sort_keys=True)
    return f"{text}\n".encode()


def render_csv(simulation: Simulation) -> bytes:
    """The policies."""
    return policies_csv(simulation).encode()


def render_html(simulation: Simulation) -> bytes:
    """A page that needs nothing else."""
    from costing.simulation.page import render_page

    return render_page(simulation)


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("table", ".txt", "text/plain; charset=utf-8", render_table),
        Form("json", ".json", "application/json", render_json),
        Form("markdown", ".md", "text/markdown; charset=utf-8", render_markdown),
        Form("csv", ".csv", "text/csv; charset=utf-8", render_csv),
        Form("html", ".html", "text/html; charset=utf-8", render_html),
    )
}
"""Every form by name, in the order of help."""
SUFFIXES = {form.suffix: name for name, form in FORMS.items()}
"""The form that the end of a file's name tells."""


def find_form(name: str | None) -> Form:
    """The form of a name; without one, plain text.

    Raises:
        UsageError: there is no such form.
    """
    name = name or "table"
    if name not in FORMS:
        raise UsageError(f'no format "{name}"', help=f"choose among {', '.join(FORMS)}")
    return FORMS[name]
