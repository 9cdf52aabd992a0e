"""The report `forecast`: one line a series of days, and the total of all.

Rule of this file: the total is the forecast of the total, not the sum of the lines: what is uneven
in one line evens out over all of them, and an interval cannot be summed at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from pricing.money import add_exact
from reports.column import Value
from reports.derivations.asked import Asked
from reports.derive import Line
from reports.forecast import (
    ALERT_DAYS,
    Forecast,
    Method,
    Question,
    forecast_periods,
    make_question,
)

_ESTIMATED = (Method.WEEKDAYS, Method.MEAN)


class Confidence(StrEnum):
    """How far a forecast may be trusted."""

    CERTAIN = "certain"
    """The period is over, and all of it has an amount."""
    AT_LEAST = "at least"
    """The period is over, and predictions without an amount are left out."""
    LOW = "low"
    """Too little history for an interval."""
    MEDIUM = "medium"
    """An interval that has hardly been tried, or less history than an alert needs."""
    HIGH = "high"
    """An interval, and a record of how often it held."""


def forecast_lines(lines: Sequence[Line], asked: Asked) -> tuple[list[Line], Line]:
    """A forecast of each series, the dearest first, and of all together."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        groups.setdefault(tuple(str(line[name] or "") for name in asked.by), []).append(line)
    several = [group for _, group in sorted(groups.items())]
    *found, whole = forecast_periods([_question(some, asked) for some in (*several, lines)])
    made = [
        {name: group[0][name] for name in asked.by} | _line(group, one, asked)
        for group, one in zip(several, found, strict=True)
    ]
    made.sort(key=_amount, reverse=True)
    total: Line = dict.fromkeys(asked.by)
    return made, total | _line(lines, whole, asked)


def _question(lines: Sequence[Line], asked: Asked) -> Question:
    """What is asked of some lines of the statement."""
    amounts = [line["spent_usd"] for line in lines]
    spent = add_exact([amount for amount in amounts if isinstance(amount, Decimal)])
    days = asked.days(lines, "amount_usd")
    return make_question(days, asked.period, asked.known_until(), spent=spent)


def _line(lines: Sequence[Line], found: Forecast, asked: Asked) -> Line:
    """The forecast of some lines of the statement as cells."""
    unrated = sum(int(str(line["unrated"])) for line in lines)
    is_spent_known = not unrated or _has_amount(lines, asked)
    is_known = is_spent_known or (
        found.method in _ESTIMATED and any(line["amount_usd"] is not None for line in lines)
    )
    is_bound = found.method is Method.SPENT and unrated > 0
    return {
        "spent_usd": found.spent if is_spent_known else None,
        "forecast_usd": found.total if is_known else None,
        "low_usd": found.low if is_known else None,
        "high_usd": found.high if is_known and not is_bound else None,
        "method": str(found.method) if is_known else None,
        "history_days": found.history_days,
        "confidence": str(_confidence(found, unrated)) if is_known else None,
        "coverage_percent": _percent(found.coverage) if is_known else None,
        "unrated": unrated,
        "known_until": asked.known_until(),
    }


def _has_amount(lines: Sequence[Line], asked: Asked) -> bool:
    """Whether any day of the period has one; history has none in `spent_usd` but zero."""
    first = asked.start.astimezone(asked.period.zone).date().isoformat()
    return any(line["spent_usd"] is not None and str(line["day"]) >= first for line in lines)


def _amount(line: Line) -> Decimal:
    amount: Value = line["forecast_usd"]
    return amount if isinstance(amount, Decimal) else Decimal(-1)


def _confidence(found: Forecast, unrated: int) -> Confidence:
    """How far to trust it, in a word."""
    if found.method is Method.SPENT:
        return Confidence.AT_LEAST if unrated else Confidence.CERTAIN
    if found.low is None:
        return Confidence.LOW
    is_tried = found.coverage is not None and found.history_days >= ALERT_DAYS
    return Confidence.HIGH if is_tried else Confidence.MEDIUM


def _percent(part: float | None) -> Decimal | None:
    """A part from 0 to 1 as percent, to 6 places."""
    return None if part is None else round(Decimal(part) * 100, 6)
