"""Budgets as people and programs read them: rows, a small bar, Markdown, JSON, one plugin line.

Rule of this file: text from values, nothing else; every form is made from the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.budget.budget import describe_scope
from costing.budget.message import (
    Json,
    describe_period,
    describe_probability,
    describe_unrated,
    forecast_facts,
    spent_percent,
    text_of,
)
from costing.budget.overview import pace
from costing.budget.reading import Verdict, read_level
from costing.errors import UsageError
from pricing.money import format_usd, round_half_up
from reports.printable import printable

if TYPE_CHECKING:
    from costing.budget.check import CheckResult
    from costing.budget.level import Level
    from costing.budget.overview import Overview
    from costing.budget.source import Source
    from costing.notify.relay import Fault
    from costing.state.alert import Told

LIST_TITLES = ("budget", "limit", "period", "zone", "scope", "thresholds", "channels")
STATUS_TITLES = (
    "budget", "spent", "limit", "used", "", "pace", "forecast", "8 of 10", "chance over", "reached",
)  # fmt: skip
SCHEMA = "costing.budgets.1"
BAR_WIDTH = 10
_PLUGIN_STATES = {
    "": (0, "OK"),
    "info": (0, "OK"),
    "warning": (1, "WARNING"),
    "critical": (2, "CRITICAL"),
}
_UNKNOWN = "—"


def list_rows(source: Source) -> list[tuple[str, ...]]:
    """A row for each budget of the file, as `LIST_TITLES`."""
    return [
        (
            budget.name,
            format_usd(budget.limit_usd),
            budget.kind.value
            if budget.first_day is None
            else f"{budget.first_day} to before {budget.end_day}",
            str(budget.zone),
            describe_scope(budget.scope),
            ", ".join([one.written for one in budget.thresholds] or [_UNKNOWN]),
            ", ".join(source.channels_of(budget)),
        )
        for budget in source.budgets
    ]


def list_facts(source: Source) -> list[Json]:
    """The budgets of the file for programs: money as text."""
    return [
        {
            "budget": budget.name,
            "limit_usd": text_of(budget.limit_usd),
            "period": budget.kind.value,
            "from": None if budget.first_day is None else budget.first_day.isoformat(),
            "until": None if budget.end_day is None else budget.end_day.isoformat(),
            "zone": str(budget.zone),
            "scope": [f"{one.dimension.name}={one.pattern}" for one in budget.scope],
            "thresholds": [one.threshold_id for one in budget.thresholds],
            "burn": [one.threshold_id for one in budget.burns],
            "anomalies": [str(one) for one in budget.anomalies],
            "channels": list(source.channels_of(budget)),
        }
        for budget in source.budgets
    ]


def history_facts(history: Sequence[Told]) -> list[Json]:
    """The alerts that were told for programs: instants in ISO 8601, UTC."""
    return [
        {
            "alert_id": told.stored.alert.alert_id,
            **asdict(told.stored.alert.key),
            "severity": told.stored.alert.severity.value,
            "opened_at": told.stored.alert.opened_at.isoformat(),
            "closed_at": told.stored.closed_at.isoformat() if told.stored.closed_at else None,
            "closure": told.stored.closure.value if told.stored.closure else None,
            "is_sent": told.stored.alert.is_sent,
            "summary": told.stored.alert.summary,
            "deliveries": [
                {
                    "channel": one.key.channel,
                    "event": one.key.event.value,
                    "state": one.state.value,
                    "attempts": one.attempt_count,
                    "reason": one.reason,
                }
                for one in told.deliveries
            ],
        }
        for told in history
    ]


def describe_faults(faults: Sequence[Fault]) -> list[str]:
    """Messages that did not arrive, a line for each channel and reason."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in faults:
        state = "given up" if one.is_dead else "not delivered"
        alike.setdefault((state, one.key.channel, one.reason), []).append(one.key.alert_id)

    def more(ids: Sequence[str]) -> str:
        return f" and {len(ids) - 1:,} more" if len(ids) > 1 else ""

    return [
        f"{state}: {ids[0]}{more(ids)} to {channel}: {reason}"
        for (state, channel, reason), ids in alike.items()
    ]


def history_rows(history: Sequence[Told]) -> list[tuple[str, ...]]:
    """A row for each alert: id, when, how urgent, whether over, who was told, what."""
    return [_history_row(told) for told in history]


def _history_row(told: Told) -> tuple[str, ...]:
    alert, closure = told.stored.alert, told.stored.closure
    messages = [f"{one.key.channel} {one.state.value}" for one in told.deliveries]
    heard = ", ".join(dict.fromkeys(messages)) or ("" if alert.is_sent else "by another")
    return (
        alert.alert_id,
        f"{alert.opened_at:%Y-%m-%d %H:%M}",
        alert.severity.value,
        "open" if closure is None else closure.written,
        heard or _UNKNOWN,
        alert.summary,
    )


def find_status_format(name: str) -> Callable[[Overview], str]:
    """How `budget status` is written.

    Raises:
        UsageError: there is no such format.
    """
    formats = {"table": _table, "json": _json, "markdown": _markdown}
    if name not in formats:
        raise UsageError(
            f'no format "{name}"',
            where="costing budget status --format",
            help=f"choose among {', '.join(formats)}",
        )
    return formats[name]


def draw_bar(part: Decimal, width: int = BAR_WIDTH) -> str:
    """A part, 0 or more, as a bar; more than all of it ends with an arrow.

    >>> draw_bar(Decimal("0.42")), draw_bar(Decimal("1.5"))
    ('████░░░░░░', '█████████▶')
    """
    filled = min(int(part * width), width)
    bar = "█" * filled + "░" * (width - filled)
    return f"{bar[:-1]}▶" if part > 1 else bar


def plugin_line(result: CheckResult) -> tuple[int, str]:
    """Exit code and line of a monitoring plugin, with spend and limit as performance data."""
    severity = result.worst
    code, word = _PLUGIN_STATES[severity.value if severity else ""]
    reached = [one for one in result.standings if one.reached]
    told = "; ".join(f"{one.budget}: {', '.join(one.reached)}" for one in reached)
    told = told or f"{len(result.standings)} budgets"
    if result.undelivered:
        code, word = max(code, 1), word if code else "WARNING"
        told += f"; {result.undelivered} messages undelivered"
    values = " ".join(
        f"'{one.budget}'={one.spent_usd}USD;;;0;{one.limit_usd}" for one in result.standings
    )
    shown = told.replace("|", "/")
    return code, f"BUDGETS {word} - {shown} | {values}"


def _rows(overview: Overview) -> list[tuple[str, ...]]:
    return [_row(level) for level in overview.levels]


def _row(level: Level) -> tuple[str, ...]:
    forecast = level.forecast
    is_known = forecast is not None and forecast.low is not None
    between = (
        f"{format_usd(forecast.low)} – {format_usd(forecast.high)}"
        if forecast is not None and is_known
        else _UNKNOWN
    )
    probability = None if forecast is None else forecast.probability_above
    speed = pace(level)
    reached = [one.written for one in read_level(level) if one.verdict is Verdict.ON]
    at_least = "≥" if level.unrated else ""
    return (
        level.budget.name,
        f"{at_least}{format_usd(level.spent_usd)}",
        format_usd(level.budget.limit_usd),
        f"{spent_percent(level)}%",
        draw_bar(level.spent_usd / level.budget.limit_usd),
        _UNKNOWN if speed is None else f"{round_half_up(speed, 2)}×",
        _UNKNOWN if forecast is None else format_usd(forecast.total),
        between,
        _UNKNOWN if probability is None else describe_probability(probability),
        ", ".join(reached) or _UNKNOWN,
    )


def _table(overview: Overview) -> str:
    rows = [STATUS_TITLES, *_rows(overview)]
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    right = {"spent", "limit", "used", "pace", "forecast", "chance over"}
    lines = [
        "  ".join(
            cell.rjust(width) if title in right else cell.ljust(width)
            for cell, width, title in zip(row, widths, STATUS_TITLES, strict=True)
        ).rstrip()
        for row in shown
    ]
    return "\n".join([*lines, "", *_remarks(overview)])


def _markdown(overview: Overview) -> str:
    titles = [title or "bar" for title in STATUS_TITLES]
    rows = [titles, ["---"] * len(titles), *_rows(overview)]
    lines = [
        f"| {' | '.join(printable(cell).replace('|', chr(92) + '|') for cell in row)} |"
        for row in rows
    ]
    return "\n".join([*lines, "", *(f"{line}  " for line in _remarks(overview))])


def _remarks(overview: Overview) -> list[str]:
    """Period, zone and completeness of each budget, and how old the data is."""
    if not overview.levels:
        return ["no budget has a period that runs now"]
    remarks = []
    for level in overview.levels:
        unrated = describe_unrated(level)
        told = f"; unrated: {unrated}" if unrated else ""
        remarks.append(f"{printable(level.budget.name)}: {describe_period(level)}{told}")
    as_of = overview.levels[0].data_as_of
    shown = "never: nothing was taken in yet" if as_of is None else f"{as_of:%Y-%m-%d %H:%M} UTC"
    return [*remarks, f"data as of {shown}"]


def _json(overview: Overview) -> str:
    return json.dumps(overview_facts(overview), indent=2, ensure_ascii=False)


def overview_facts(overview: Overview) -> dict[str, object]:
    """All budgets for programs; what the command line and the service answer."""
    as_of = overview.levels[0].data_as_of if overview.levels else None
    return {
        "schema": SCHEMA,
        "currency": "USD",
        "evaluated_at": overview.now.isoformat(),
        "data_as_of": None if as_of is None else as_of.isoformat(),
        "rows": [level_facts(level) for level in overview.levels],
    }


def level_facts(level: Level) -> dict[str, object]:
    """One budget for programs: money as text, instants in ISO 8601, UTC."""
    period, speed = level.period, pace(level)
    return {
        "budget": level.budget.name,
        "scope": describe_scope(level.budget.scope),
        "period": {
            "key": period.key,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "zone": str(period.zone),
        },
        "spent_usd": text_of(level.spent_usd),
        "limit_usd": text_of(level.budget.limit_usd),
        "spent_percent": str(spent_percent(level)),
        "pace": None if speed is None else str(round_half_up(speed, 4)),
        "forecast": forecast_facts(level),
        "predictions": level.predictions,
        "unrated": level.unrated,
        "reached": [one.threshold_id for one in read_level(level) if one.verdict is Verdict.ON],
    }
