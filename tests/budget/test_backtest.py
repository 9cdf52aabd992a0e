"""A backtest tells what was told, falsely, in vain and in time, from what was known each day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from costing.app import Costing
from costing.budget.backtest import Outcome
from costing.budget.picture import describe_backtest
from costing.settings import Settings
from tests.budget.sample import write_spend
from tests.notify.sample import Clock

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEAD = '[[budget]]\nname = "all"\nlimit_usd = {limit}\nthresholds = {thresholds}\n'


@pytest.fixture
def costing(tmp_path: Path) -> Costing:
    """A ledger of $7 on each day from July on, and nothing from October 21 on."""
    home = tmp_path / "home"
    home.mkdir()
    costing = Costing(Settings(home=home), clock=Clock(NOW))
    days = [datetime(2026, 7, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(112)]
    costing.ingest([write_spend(tmp_path / "one.jsonl", [(day, "7") for day in days])])
    return costing


def write_budget(costing: Costing, limit: int, thresholds: str) -> None:
    costing.settings.budgets_file.write_text(HEAD.format(limit=limit, thresholds=thresholds))


def test_actual_threshold_is_told_on_the_morning_after_it_was_reached(costing: Costing) -> None:
    write_budget(costing, 70, '["100%"]')
    found = costing.backtest_budgets(from_="2026-09-01", to="2026-10-01")
    assert [(one.key.period, one.day, one.outcome) for one in found.firings] == [
        ("2026-09-01", date(2026, 9, 11), Outcome.TRUE)
    ]


def test_forecast_that_came_true_tells_its_days_of_warning(costing: Costing) -> None:
    write_budget(costing, 140, '["forecast 100%"]')
    found = costing.backtest_budgets(from_="2026-09-01", to="2026-10-01")
    [firing] = [one for one in found.firings if one.key.period == "2026-09-01"]
    assert firing.day == date(2026, 9, 3)
    assert firing.outcome is Outcome.TRUE
    assert firing.warning_days == 17
    assert not found.misses


def test_forecast_that_did_not_come_true_is_false(costing: Costing) -> None:
    write_budget(costing, 180, '["forecast 100%"]')
    found = costing.backtest_budgets(from_="2026-10-01", to="2026-11-01")
    assert {one.outcome for one in found.firings if one.key.period == "2026-10-01"} == {
        Outcome.FALSE
    }


def test_amount_that_was_reached_without_a_word_is_missed(costing: Costing) -> None:
    write_budget(costing, 7, '["forecast 100%"]')
    found = costing.backtest_budgets(from_="2026-09-01", to="2026-10-01")
    assert [(one.period, one.day) for one in found.misses] == [("2026-09-01", date(2026, 9, 1))]


def test_ledger_that_knew_nothing_then_tells_nothing(costing: Costing) -> None:
    write_budget(costing, 70, '["100%"]')
    found = costing.backtest_budgets(from_="2026-09-10", to="2026-09-13", is_as_ingested=True)
    assert found.firings == ()


def test_picture_marks_the_day(costing: Costing) -> None:
    write_budget(costing, 180, '["forecast 100%"]')
    lines = describe_backtest(costing.backtest_budgets(from_="2026-10-01", to="2026-11-01"))
    assert "█" * 20 in lines[-4]
    assert lines[-3].strip().startswith("✗")


def test_pictures_show_all_days_that_were_asked_for(costing: Costing) -> None:
    write_budget(costing, 180, '["forecast 100%"]')
    lines = describe_backtest(costing.backtest_budgets(from_="2026-07-01", to="2026-11-01"))
    titles = [number for number, line in enumerate(lines) if line.startswith("all, ")]
    assert [lines[number] for number in titles] == [
        "all, 2026-07-01 to before 2026-09-29",
        "all, 2026-09-29 to before 2026-11-01",
    ]
    assert [lines[number + 1].count("█") for number in titles] == [90, 22]
