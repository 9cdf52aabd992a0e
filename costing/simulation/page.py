"""The answer as one page that needs nothing else: no script, no style, font or image of others.

Rule of this file: it says what the other forms say, from the same tables, with charts above them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from costing.errors import MissingExtra
from costing.simulation.chart import Chart, draw_charts
from costing.simulation.headline import foot, heading
from costing.simulation.sheet import Sheet, make_sheets, target_text

if TYPE_CHECKING:
    from costing.simulation.use_case import Simulation

TEMPLATE = "page.html.jinja"


@dataclass(frozen=True, slots=True)
class Section:
    """A table with the charts of the same numbers."""

    sheet: Sheet
    charts: tuple[Chart, ...]


def render_page(simulation: Simulation) -> bytes:
    """The page as UTF-8; it is well-formed XML too.

    Raises:
        MissingExtra: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtra("writing a page", "simulate") from error
    settings = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = settings.from_string((files("costing.simulation") / TEMPLATE).read_text("utf-8"))
    answer = simulation.answer
    text = template.render(
        heading=heading(simulation),
        target=target_text(simulation),
        verdict=answer.recommendation.sentence,
        chosen=answer.recommendation.result.policy.name,
        doubts=[*answer.refused, *answer.warnings],
        sections=_sections(simulation),
        foot=foot(simulation),
    )
    return f"{text}\n".encode(errors="xmlcharrefreplace")


def _sections(simulation: Simulation) -> list[Section]:
    charts = draw_charts(simulation)
    return [
        Section(sheet, tuple(chart for chart in charts if chart.sheet == sheet.name))
        for sheet in make_sheets(simulation)
    ]
