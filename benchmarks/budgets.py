"""A thousand budgets over the year's ledger against one month's report, and an idle check.

Rule of this file: the evaluation runs in one process, as the report beside it does; the idle check
is a whole process, held against an empty Python that reads once from the same state.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.contest import Bound, Outcome, compare_times, exceed
from benchmarks.process import (
    BUILD,
    Measured,
    costing,
    costing_environment,
    interleave,
    measure,
    python,
)

BUDGETS = 1_000
NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
HOME = BUILD / "home-budgets"
READ_ONCE = (
    "import sqlite3, sys; "
    "print(sqlite3.connect(sys.argv[1]).execute('select count(*) from cursor').fetchone())"
)


class NothingEvaluated(Exception):
    """The check did not see the budgets that it was given."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"{expected} budgets were written, {found} were evaluated")


def compare_budgets(home: Path, repeats: int) -> list[Outcome]:
    """The rows on budgets, measured in processes of their own."""
    command = python("-m", "benchmarks.budgets", home, "--repeats", str(repeats))
    printed = json.loads(measure(command, costing_environment(home)).output)
    figures = {name: [Measured(*one) for one in series] for name, series in printed.items()}
    return [
        compare_times(Bound.BUDGETS, figures["budgets"], figures["month"]),
        compare_times(Bound.BUDGETS_FORECAST, figures["forecasts"], figures["month"]),
        _compare_idle(repeats),
    ]


def _compare_idle(repeats: int) -> Outcome:
    """An idle check above an empty Python that reads once."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    (HOME / "budgets.toml").write_text('[[budget]]\nname = "all"\nlimit_usd = 500\n')
    environment = costing_environment(HOME)
    measure(costing("budget", "check"), environment)
    ours, reference = interleave(
        (
            lambda: measure(costing("budget", "check"), environment),
            lambda: measure(python("-c", READ_ONCE, HOME / "state.sqlite")),
        ),
        3 * repeats,
    )
    return exceed(Bound.IDLE_CHECK, ours, reference)


def write_budgets(path: Path, models: list[str], thresholds: str) -> None:
    """A budget for every model there is, up to a thousand, some of them for everything."""
    path.write_text(
        "".join(
            f'[[budget]]\nname = "budget {number}"\nlimit_usd = 1000000000\n'
            f'thresholds = {thresholds}\nmax_unrated_percent = "never"\n'
            + ("" if number % 10 == 0 else f'scope = ["model={models[number]}"]\n')
            for number in range(BUDGETS)
        ),
        encoding="utf-8",
    )


def _measure_year(home: Path, repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds and processor seconds of each contender, in turn."""
    from costing.app import Costing
    from costing.budget.recording import preview
    from costing.lock import Turn
    from costing.settings import load_settings

    settings = load_settings()
    folder = BUILD / "budgets"
    folder.mkdir(parents=True, exist_ok=True)
    models = _models(home)
    variants = {"budgets": '["80%", "100%"]', "forecasts": '["80%", "forecast 100%"]'}
    for name, thresholds in variants.items():
        write_budgets(folder / f"{name}.toml", models, thresholds)

    def evaluate(name: str) -> Callable[[], object]:
        given = replace(settings, budgets=folder / f"{name}.toml")

        def run() -> object:
            found = preview(given, Turn(clock=lambda: NOW), lambda: NOW)
            if len(found.standings) != BUDGETS:
                raise NothingEvaluated(BUDGETS, len(found.standings))
            return found

        return run

    contenders: dict[str, Callable[[], object]] = {
        **{name: evaluate(name) for name in variants},
        "month": lambda: Costing(settings, clock=lambda: NOW).report("monthly", month="2026-10"),
    }
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for number in range(repeats + 1):  # The first round fills caches and is not counted.
        for name, contender in contenders.items():
            begin, processor = perf_counter(), process_time()
            contender()
            if number:
                took = (perf_counter() - begin, process_time() - processor)
                figures[name].append(took)
    return figures


def _models(home: Path) -> list[str]:
    from costing.ledger.connection import opened
    from costing.lock import Turn

    with opened(home, Turn(clock=lambda: NOW)) as connection:
        rows = connection.execute(
            "select model from subject where model <> '' group by model order by model limit 1000"
        ).fetchall()
    return [str(model) for (model,) in rows]


def main() -> None:
    """`python -m benchmarks.budgets HOME`: print the figures of one ledger as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    json.dump(_measure_year(options.home, options.repeats), sys.stdout)


if __name__ == "__main__":
    main()
