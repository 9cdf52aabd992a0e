"""What people and programs read of an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from costing.simulation.envelope import money
from costing.simulation.form import FORMS, find_form
from costing.simulation.headline import heading
from costing.simulation.page import render_page
from costing.simulation.request import field_names
from costing.simulation.series import SERIES_SUFFIXES, compare_answers, shows_all
from costing.simulation.sheet import make_sheets
from tests.simulation.question import small_question

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.simulation.use_case import Simulation


@pytest.fixture
def simulation(costing: Costing) -> Simulation:
    return costing.simulate(small_question())


@pytest.mark.parametrize("name", ["table", "markdown", "html", "json", "csv"])
def test_form_is_as_it_was(
    name: str, simulation: Simulation, check_golden: Callable[[str, bytes], None]
) -> None:
    check_golden(f"simulation/small{FORMS[name].suffix}", FORMS[name].render(simulation))


def test_json_holds_money_as_text_with_every_digit(simulation: Simulation) -> None:
    read = json.loads(FORMS["json"].render(simulation))

    shown = [Decimal(row["cost_usd_p50"]) for row in read["rows"]]
    assert shown == [result.cost_usd_p50 for result in simulation.answer.results]
    for row in read["rows"]:
        assert all(isinstance(row[key], str) for key in row if key.startswith("cost_usd"))


def test_parts_of_a_line_sum_to_its_rounded_cost(simulation: Simulation) -> None:
    [parts] = [sheet for sheet in make_sheets(simulation) if sheet.name == "parts"]

    for row in parts.rows:
        amounts = [Decimal(cell.strip("$<").replace(",", "")) for cell in row[1:-1] if "$" in cell]
        little = sum("<" in cell for cell in row)
        total = Decimal(row[-1].strip("$").replace(",", ""))
        assert abs(sum(amounts) - total) <= little


def test_page_asks_nothing_of_the_outside(simulation: Simulation) -> None:
    page = render_page(simulation).decode()

    for asking in ("http:", "https:", "src=", "@import", "url(", "<script", "<link"):
        assert asking not in re.sub(r'xmlns="[^"]*"', "", page)


def test_page_has_a_title_and_a_description_for_every_chart(simulation: Simulation) -> None:
    text = render_page(simulation).decode().removeprefix("<!doctype html>")
    page = ElementTree.fromstring(text)

    charts = page.findall(".//{http://www.w3.org/2000/svg}svg")
    assert len(charts) == 5
    for chart in charts:
        assert chart.findtext("{http://www.w3.org/2000/svg}title")
        assert chart.findtext("{http://www.w3.org/2000/svg}desc")


def test_page_has_a_table_under_every_chart(simulation: Simulation) -> None:
    text = render_page(simulation).decode().removeprefix("<!doctype html>")
    page = ElementTree.fromstring(text)

    for section in page.findall(".//section"):
        if section.findall(".//{http://www.w3.org/2000/svg}svg"):
            assert section.findall(".//table")


def test_same_question_gives_the_same_bytes(costing: Costing, simulation: Simulation) -> None:
    again = costing.simulate(small_question())

    assert FORMS["json"].render(again) == FORMS["json"].render(simulation)


def test_another_seed_gives_another_answer(costing: Costing, simulation: Simulation) -> None:
    other = costing.simulate(small_question(seed=2))

    assert other.answer.results[0].cost_usd_p50 != simulation.answer.results[0].cost_usd_p50


def test_form_is_a_table_unless_one_is_named() -> None:
    assert find_form(None).name == "table"
    assert find_form("html").name == "html"


def test_headline_shows_what_was_asked_beside_what_was_played(simulation: Simulation) -> None:
    asked, played = heading(simulation).split("; ")

    assert asked == "2,000 requests a day (guessed), 6 s each on gpu-a100-large, 7 days"
    assert played.startswith("played at the middle: 1,")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"days": 7}, ""),
        ({"days": 7, "volume_factor": 2}, "volume_factor is about 2)"),
        ({"days": 3, "seconds": 1}, " a day were to be expected: 3 days from a Monday on are not"),
    ],
)
def test_headline_tells_why_more_was_played_than_asked(
    costing: Costing, more: dict[str, object], said: str
) -> None:
    simulation = costing.simulate(small_question(own_gpu="none", **more), is_brief=True)

    assert said in heading(simulation)
    assert ("to be expected" in heading(simulation)) == bool(said)


def test_fleet_that_wins_at_no_price_is_said_to_win_never(simulation: Simulation) -> None:
    [worths] = [sheet for sheet in make_sheets(simulation) if sheet.name == "worths"]

    assert simulation.answer.sizing is not None
    assert (simulation.answer.sizing.break_even_ratio or 0) < 0
    assert worths.note.endswith("never wins at this volume")
    assert "≤" not in worths.note


def test_nearly_no_load_gets_no_confidence(costing: Costing) -> None:
    simulation = costing.simulate(small_question(requests_per_day=0.001))

    recommendation = simulation.answer.recommendation
    assert recommendation.confidence is None
    assert "rests on too little: 0 requests" in recommendation.sentence
    assert heading(simulation).startswith("0.001 requests a day (guessed), 6 s each")
    assert json.loads(FORMS["json"].render(simulation))["recommendation"]["confidence"] is None


def test_series_of_brief_answers_reads_as_one_of_whole_ones(
    costing: Costing, simulation: Simulation
) -> None:
    brief = costing.simulate(small_question(), is_brief=True)

    assert brief.answer.volumes == ()
    assert compare_answers([("a", brief)])[0] == compare_answers([("a", simulation)])[0]
    assert [name for name in SERIES_SUFFIXES.values() if shows_all(name)] == ["json"]


def test_every_value_of_a_scenario_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text(encoding="utf-8")

    assert [name for name in field_names() if f"`{name}`" not in text] == []


def test_money_is_never_in_scientific_notation() -> None:
    assert money(Decimal("1E+3")) == "1000"
