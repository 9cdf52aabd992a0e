"""Several answers side by side: two scenarios compared, or one number swept.

Rule of this file: a line or a column is one whole answer, each from its own simulation with its own
seed as asked; nothing is interpolated between them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

from costing.errors import UsageError
from costing.simulation.envelope import envelope
from costing.simulation.figure import count, seconds, share
from costing.simulation.form import FORMS, grid, markdown_grid
from costing.simulation.sheet import Sheet, cheapest_own
from pricing.simulator.amount import rough_usd

if TYPE_CHECKING:
    from costing.simulation.use_case import Simulation
    from pricing.simulator.comparison import Result

MOST_VALUES = 50
SCHEMA = "costing.simulations/2"

Answers = Sequence[tuple[str, "Simulation"]]
Series = tuple[Sheet, Answers]
"""What people read, and what it is of."""

TITLES = (
    *("requests a day", "busy instances", "Replicate", "best own", "its cost", "recommended"),
    *("cost P5", "P50", "P95", "wait P95", "meets target", "confidence"),
)


def compare_answers(answers: Answers) -> Series:
    """A column for each answer."""
    columns = [_cells(simulation) for _, simulation in answers]
    rows = tuple(zip(TITLES, *columns, strict=True))
    titles = ("", *(name for name, _ in answers))
    return Sheet("compare", "Scenarios compared", titles, rows, len(titles)), answers


def sweep_answers(param: str, answers: Answers) -> Series:
    """A line for each answer."""
    rows = tuple((value, *_cells(simulation)) for value, simulation in answers)
    return Sheet("sweep", f"{param} swept", (param, *TITLES), rows, 0), answers


def read_span_of_values(text: str) -> tuple[str, ...]:
    """Values from low to high: `1:10:4` four in equal steps, `1:1000:log4` four in equal ratios.

    >>> read_span_of_values("1000:100000:log3")
    ('1000', '10000', '100000')

    Raises:
        UsageError: it is not written so, or asks for more than 50.
    """
    parts = text.split(":")
    is_log = len(parts) == 3 and parts[2].startswith("log")
    try:
        low, high = float(parts[0]), float(parts[1])
        steps = int(parts[2].removeprefix("log"))
    except (ValueError, IndexError):
        raise _misspelled(text) from None
    is_range = low < high and isfinite(high - low) and (low > 0 or not is_log)
    if len(parts) != 3 or not 2 <= steps <= MOST_VALUES or not is_range:
        raise _misspelled(text)
    places = [step / (steps - 1) for step in range(steps)]
    if is_log:
        return tuple(f"{low * (high / low) ** place:.6g}" for place in places)
    return tuple(f"{low + (high - low) * place:.6g}" for place in places)


def find_series_form(name: str | None) -> Callable[[Series], bytes]:
    """The form of a name; without one, plain text.

    Raises:
        UsageError: several answers are not written so.
    """
    asked = name or "table"
    if asked not in _FORMS:
        raise UsageError(f'several answers have no format "{asked}"', help=", ".join(_FORMS))
    return _FORMS[asked]


def shows_all(name: str | None) -> bool:
    """Whether a form shows all of each answer, and not one line or column of it."""
    return name == "json"


def _misspelled(text: str) -> UsageError:
    return UsageError(
        f'"{text}" is no range of values',
        help="write 2:20:5 for five values in equal steps, or 1000:100000:log10 for ten in equal "
        f"ratios; at most {MOST_VALUES} values",
    )


def _cells(simulation: Simulation) -> tuple[str, ...]:
    answer = simulation.answer
    load, best = answer.load, answer.recommendation.result
    own, sure = cheapest_own(answer.results), answer.recommendation.confidence
    return (
        count(load.requests / load.days),
        count(load.offered),
        rough_usd(answer.results[0].cost_usd_p50),
        own.policy.name if own else "none played meets the target",
        rough_usd(own.cost_usd_p50 if own else None),
        best.policy.name,
        *_costs(best),
        seconds(best.waits[1].p50),
        share(best.met_share),
        "none" if sure is None else share(sure),
    )


def _costs(result: Result) -> tuple[str, ...]:
    amounts: tuple[Decimal, ...] = (result.cost_usd_p5, result.cost_usd_p50, result.cost_usd_p95)
    return tuple(map(rough_usd, amounts))


def _table(series: Series) -> bytes:
    sheet, _ = series
    return "\n".join([sheet.title, "", *grid(sheet), ""]).encode(errors="backslashreplace")


def _markdown(series: Series) -> bytes:
    sheet, _ = series
    return "\n".join([f"# {sheet.title}", "", *markdown_grid(sheet), ""]).encode()


def _csv(series: Series) -> bytes:
    import csv
    import io

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([series[0].titles, *series[0].rows])
    return text.getvalue().encode()


def _json(series: Series) -> bytes:
    answers = [{"name": name, "answer": envelope(one)} for name, one in series[1]]
    whole = {"schema": SCHEMA, "answers": answers}
    return f"{json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True)}\n".encode()


SERIES_SUFFIXES = {
    form.suffix: name
    for name, form in FORMS.items()
    if name in {"table", "json", "markdown", "csv"}
}
"""The form that the end of a file's name tells."""
_FORMS: dict[str, Callable[[Series], bytes]] = {
    "table": _table,
    "json": _json,
    "markdown": _markdown,
    "csv": _csv,
}
