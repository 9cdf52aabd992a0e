"""What an alert says: its facts, frozen as JSON, and the lines that people read.

Rule of this file: every message answers the same questions in the same order: which budget and
period, how much of how much, what is expected, what moved, what is unrated, how old the data is,
and which command explains it. Channels only wrap these lines.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from shlex import quote

from costing.budget.alert import Alert, Basis
from costing.budget.budget import describe_scope
from costing.budget.evaluation import Crossing
from costing.budget.level import Level
from pricing.money import format_usd, round_half_up, shortest

SCHEMA = "costing.alert.1"
MOST_NAMES = 50
"""Budgets, or other thresholds, that one message names; of more it says how many."""
Json = str | int | bool | None | Sequence["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Mover:
    """What a model spent more or less than in the same days of the period before.

    Attributes:
        name: of the model; '' where records name none.
        spent_usd, before_usd: exact; None where nothing of it is rated.
    """

    name: str
    spent_usd: Decimal | None
    before_usd: Decimal | None

    @property
    def change_usd(self) -> Decimal:
        """What it spent more, or less where below zero."""
        return (self.spent_usd or Decimal()) - (self.before_usd or Decimal())


def make_alert(crossing: Crossing, movers: Sequence[Mover] | None, now: datetime) -> Alert:
    """The alert of a crossing, with its message as it is at this moment.

    Args:
        crossing: what was reached.
        movers: the largest first; None where nobody looked for them.
        now: aware UTC.
    """
    if crossing.reading.basis is Basis.STALE:
        facts, lines = _stale_facts(crossing), _stale_lines(crossing)
    else:
        facts, lines = _facts(crossing, movers), _lines(crossing, movers)
    payload: dict[str, Json] = {**facts, "lines": lines}
    return Alert(
        key=crossing.key,
        severity=crossing.reading.severity,
        opened_at=now,
        threshold_usd=crossing.reading.threshold_usd,
        summary=summarise(crossing),
        payload=json.dumps(payload, ensure_ascii=False),
        is_sent=crossing.is_sent,
        about=crossing.about,
    )


def summarise(crossing: Crossing) -> str:
    """One line: what was reached."""
    level, reading = crossing.level, crossing.reading
    budget = f"budget {level.budget.name}"
    spent, limit = format_usd(level.spent_usd), format_usd(level.budget.limit_usd)
    match reading.basis:
        case Basis.ACTUAL:
            return f"{budget} reached {reading.described}: {spent} spent of {limit}"
        case Basis.FORECAST:
            expected = format_usd(reading.level_usd)
            return f"{budget} is expected to reach {expected}, limit {limit}: {reading.written}"
        case Basis.BURN:
            return f"{budget} burns at {reading.written}: {format_usd(reading.level_usd)} just now"
        case Basis.ANOMALY:
            return f"{budget}: {reading.described}"
        case Basis.STALE:
            is_empty = level.data_as_of is None
            lack = "nothing was taken in yet" if is_empty else f"no data since {_data_as_of(level)}"
            return f"{_count_budgets(crossing)}: {lack}"
        case Basis.UNRATED:
            plural = "" if level.predictions == 1 else "s"
            shown = f"{level.unrated:,} of {level.predictions:,} prediction{plural}"
            more = f" (and {len(crossing.about) - 1:,} more)" if crossing.about else ""
            verb = "has" if level.unrated == 1 else "have"
            return f"{budget}{more}: {shown} {verb} no amount, so {spent} is a lower bound"


def _count_budgets(crossing: Crossing) -> str:
    """`budget search`, `all 12 budgets`: what an alert on all budgets begins with."""
    names = crossing.about
    return f"budget {names[0]}" if len(names) == 1 else f"{len(names):,} budgets"


def describe_period(level: Level) -> str:
    """The period as people read it: its days and their zone."""
    period = level.period
    return f"{period.first_day} to before {period.end_day}, {period.zone}"


def spent_percent(level: Level) -> Decimal:
    """Spend as a percentage of the limit, to one decimal, half up."""
    percent = level.spent_usd * 100 / level.budget.limit_usd
    return round_half_up(percent, 1)


def describe_forecast(level: Level) -> str:
    """The forecast as people read it; empty where there is none."""
    forecast = level.forecast
    if forecast is None:
        return ""
    shown = format_usd(forecast.total)
    if forecast.low is not None and forecast.high is not None:
        shown += f", 8 of 10 between {format_usd(forecast.low)} and {format_usd(forecast.high)}"
    if forecast.probability_above is not None:
        shown += f", {describe_probability(forecast.probability_above)} to reach the limit"
    return shown


def describe_probability(probability: float) -> str:
    """A probability in whole percent; 0% and 100% stand for what is certain only.

    >>> describe_probability(0.005), describe_probability(0.995), describe_probability(1.0)
    ('<1%', '>99%', '100%')
    """
    percent = round(probability * 100)
    if percent == 0 and probability > 0:
        return "<1%"
    if percent == 100 and probability < 1:
        return ">99%"
    return f"{percent}%"


def describe_unrated(level: Level) -> str:
    """How much is without an amount; empty where all has one."""
    if not level.unrated:
        return ""
    shown = f"{level.unrated:,} of {level.predictions:,} prediction"
    return f"{shown}{'' if level.predictions == 1 else 's'}: the spend is a lower bound"


def _stale_lines(crossing: Crossing) -> list[str]:
    """What people read of stale data, which is about no budget's spend."""
    return [
        f"budgets: {_name(crossing.about)}",
        "they are judged by what is known still",
        f"data as of: {_data_as_of(crossing.level)}",
        "why: costing doctor",
    ]


def _name(texts: Sequence[str]) -> str:
    """Texts in a row, the first of them where there are many."""
    rest = len(texts) - MOST_NAMES
    return ", ".join([*texts[:MOST_NAMES], *([f"and {rest:,} more"] if rest > 0 else [])])


def _lines(crossing: Crossing, movers: Sequence[Mover] | None) -> list[str]:
    level = crossing.level
    unrated, forecast = describe_unrated(level), describe_forecast(level)
    shown = format_usd(level.spent_usd), format_usd(level.budget.limit_usd)
    spent = f"{shown[0]} of {shown[1]} ({spent_percent(level)}%)"
    lines = [
        f"period: {describe_period(level)}",
        f"spent: {spent}" + (" at least" if unrated else ""),
        *_others(crossing),
        f"forecast: {forecast}" if forecast else "",
        *(f"moved: {_describe_mover(mover)}" for mover in movers or ()),
        "moved: not looked up, as too much was to be told at once" if movers is None else "",
        f"unrated: {unrated}" if unrated else "",
        f"data as of: {_data_as_of(level)}",
        f"why: {_command(level)}",
    ]
    return [line for line in lines if line]


def _others(crossing: Crossing) -> list[str]:
    """What else an alert speaks for: lower thresholds in a row, changes and budgets by name."""
    if crossing.reading.is_change:
        rest = len(crossing.also) - MOST_NAMES
        shown = [f"also: {one}" for one in crossing.also[:MOST_NAMES]]
        return [*shown, *([f"also: {rest:,} more changes"] if rest > 0 else [])]
    found = []
    if crossing.also:
        found.append(f"also reached: {_name(crossing.also)}")
    if crossing.about:
        found.append(f"budgets: {_name(crossing.about)}")
    return found


def _describe_mover(mover: Mover) -> str:
    sign = "+" if mover.change_usd >= 0 else ""
    spent, before = format_usd(mover.spent_usd), format_usd(mover.before_usd)
    name = mover.name or "(no model)"
    change = f"{sign}{format_usd(mover.change_usd)}"
    return f"{name} {change} ({spent}, {before} in the same days of the period before)"


def _data_as_of(level: Level) -> str:
    if level.data_as_of is None:
        return "never: nothing was taken in yet"
    return f"{level.data_as_of:%Y-%m-%d %H:%M} UTC"


def _command(level: Level) -> str:
    return f"costing budget explain {quote(level.budget.name)}"


def _stale_facts(crossing: Crossing) -> dict[str, Json]:
    """The facts of stale data for programs."""
    as_of = crossing.level.data_as_of
    return {
        "schema": SCHEMA,
        "alert_id": crossing.key.alert_id,
        "budget": crossing.key.budget,
        "budgets": list(crossing.about[:MOST_NAMES]),
        "budget_count": len(crossing.about),
        "basis": crossing.reading.basis.value,
        "threshold": crossing.reading.threshold_id,
        "data_as_of": None if as_of is None else as_of.isoformat(),
        "explain": "costing doctor",
    }


def _facts(crossing: Crossing, movers: Sequence[Mover] | None) -> dict[str, Json]:
    """The facts for programs: money as text, instants in ISO 8601, UTC."""
    level, reading = crossing.level, crossing.reading
    period = level.period
    return {
        "schema": SCHEMA,
        "alert_id": crossing.key.alert_id,
        "budget": level.budget.name,
        "scope": describe_scope(level.budget.scope),
        "period": {
            "key": period.key,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "zone": str(period.zone),
        },
        "basis": reading.basis.value,
        "threshold": reading.threshold_id,
        "threshold_usd": text_of(reading.threshold_usd),
        "level_usd": text_of(reading.level_usd),
        "also": list(crossing.also[:MOST_NAMES]),
        "budgets": list(crossing.about[:MOST_NAMES] or (level.budget.name,)),
        "budget_count": len(crossing.about) or 1,
        "limit_usd": text_of(level.budget.limit_usd),
        "spent_usd": text_of(level.spent_usd),
        "forecast": forecast_facts(level),
        "movers": [
            {
                "model": mover.name,
                "spent_usd": text_of(mover.spent_usd),
                "before_usd": text_of(mover.before_usd),
            }
            for mover in movers or ()
        ],
        "predictions": level.predictions,
        "unrated": level.unrated,
        "data_as_of": None if level.data_as_of is None else level.data_as_of.isoformat(),
        "explain": _command(level),
    }


def forecast_facts(level: Level) -> Json:
    """The forecast for programs; None where there is none."""
    forecast = level.forecast
    if forecast is None:
        return None
    probability = forecast.probability_above
    return {
        "total_usd": text_of(forecast.total),
        "low_usd": text_of(forecast.low),
        "high_usd": text_of(forecast.high),
        "probability_above": None if probability is None else f"{probability:.3f}",
        "past_coverage": None if forecast.coverage is None else f"{forecast.coverage:.3f}",
        "method": forecast.method.value,
        "history_days": forecast.history_days,
    }


def text_of(amount: Decimal | None) -> str | None:
    """An amount for programs: every digit, as text."""
    return None if amount is None else f"{shortest(amount):f}"
