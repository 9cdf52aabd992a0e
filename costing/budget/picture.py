"""A backtest as people and programs read it: counts, a table, and a small picture.

Rule of this file: a picture never says more than the table beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from costing.budget.backtest import Backtest, Firing, Outcome

_LEVELS = "▁▂▃▄▅▆▇█"
_MARKS = {Outcome.TRUE: "▲", Outcome.FALSE: "✗", Outcome.OPEN: "?"}
WIDTH = 90


def describe_backtest(found: Backtest) -> list[str]:
    """A backtest in lines: what was told and missed, then each budget's days with its alerts."""
    return [
        f"{found.first_day} to before {found.end_day}, each morning by what was known then",
        _counts(found),
        "",
        *_table(found),
        *(f"missed: {one.budget} {one.written} on {one.day}" for one in found.misses),
        *_pictures(found),
    ]


def backtest_facts(found: Backtest) -> dict[str, str | list[dict[str, str | int | None]]]:
    """A backtest for programs."""
    return {
        "schema": "costing.backtest.1",
        "from": found.first_day.isoformat(),
        "to": found.end_day.isoformat(),
        "firings": [
            {
                "budget": one.key.budget,
                "period": one.key.period,
                "threshold": one.key.threshold,
                "episode": one.key.episode,
                "day": one.day.isoformat(),
                "outcome": one.outcome.value,
                "warning_days": one.warning_days,
            }
            for one in found.firings
        ],
        "misses": [
            {
                "budget": one.budget,
                "period": one.period,
                "threshold": one.written,
                "day": one.day.isoformat(),
            }
            for one in found.misses
        ],
    }


def _counts(found: Backtest) -> str:
    false = sum(one.outcome is Outcome.FALSE for one in found.firings)
    warnings = sorted(one.warning_days for one in found.firings if one.warning_days is not None)
    early = f", {warnings[len(warnings) // 2]} days of warning in the middle" if warnings else ""
    return f"{len(found.firings)} told, {false} of them false; {len(found.misses)} missed{early}"


def _table(found: Backtest) -> Iterator[str]:
    for one in found.firings:
        early = "" if one.warning_days is None else f"  {one.warning_days} days of warning"
        mark = _MARKS[one.outcome]
        yield f"{mark} {one.day}  {one.key.budget}  {one.written}  {one.outcome}{early}"


def _pictures(found: Backtest) -> Iterator[str]:
    """All days of each budget as bars, with a mark below each day on which something was told."""
    count = (found.end_day - found.first_day).days
    days = [found.first_day + timedelta(days=number) for number in range(count)]
    for name, amounts in found.daily.items():
        marks = _marks([one for one in found.firings if one.key.budget == name])
        for begin in range(0, count, WIDTH):
            row = days[begin : begin + WIDTH]
            yield ""
            yield f"{name}, {row[0]} to before {row[-1] + timedelta(days=1)}"
            yield "".join(_bar(day, amounts) for day in row)
            yield "".join(marks.get(day, " ") for day in row).rstrip()
    yield ""
    yield f"{_MARKS[Outcome.TRUE]} true  {_MARKS[Outcome.FALSE]} false  {_MARKS[Outcome.OPEN]} open"


def _marks(firings: Sequence[Firing]) -> Mapping[date, str]:
    return {one.day: _MARKS[one.outcome] for one in firings}


def _bar(day: date, amounts: Mapping[date, Decimal]) -> str:
    """A day's spend beside the largest; a day without records is a gap."""
    if day not in amounts:
        return " "
    most = max(amounts.values())
    part = amounts[day] / most if most else Decimal()
    return _LEVELS[min(int(part * len(_LEVELS)), len(_LEVELS) - 1)]
