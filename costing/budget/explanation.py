"""Why a budget is where it is, in lines.

Rule of this file: every figure that decided something is shown with what it was held against.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from costing.budget.alert import EVERY_BUDGET, Basis
from costing.budget.breakdown import Breakdown, name_causes
from costing.budget.budget import PeriodKind, describe_scope
from costing.budget.ledger import open_ledger
from costing.budget.message import Mover, describe_forecast, describe_unrated, spent_percent
from costing.budget.overview import pace
from costing.budget.presentation import draw_bar
from costing.budget.reading import FIRES_AT, REARMS_BELOW, Reading, Verdict, read_level
from costing.budget.source import read_source
from costing.budget.spend import Asked, BudgetDay, read_daily
from costing.budget.survey import empty_levels, survey
from costing.ledger.error import NoLedger
from costing.ledger.status import last_ingest
from pricing.money import format_usd, round_half_up

if TYPE_CHECKING:
    from datetime import datetime

    from costing.budget.level import Level
    from costing.lock import Turn
    from costing.settings import Settings
    from costing.state.alert import StoredAlert

_MOST_MOVERS = 5


def explain_budget(name: str, settings: Settings, turn: Turn, now: datetime) -> list[str]:
    """Why a budget is where it is, a line each.

    Raises:
        NotFound: there is no such budget.
        LedgerLocked: others held the ledger longer than the turn allows to wait.
    """
    budget = read_source(settings).find(name)
    try:
        with open_ledger(settings, [budget], turn, now) as connection:
            as_of = last_ingest(connection)
            levels = survey(connection, [budget], now, data_as_of=as_of, has_all_forecasts=True)
            if not levels:
                return [f'budget "{name}" has no period that runs now']
            breakdown = Breakdown(connection)
            level = name_causes(breakdown, levels[-1])
            asked = Asked(budget, level.period.first_day, level.period.end_day)
            [days] = read_daily(connection, [asked])
            movers = breakdown.find_movers(level, _MOST_MOVERS) or ()
    except NoLedger:
        levels, days, movers = empty_levels([budget], now), (), ()
        if not levels:
            return [f'budget "{name}" has no period that runs now']
        level = levels[-1]
    return [
        *_head(level),
        *_days(days),
        *_thresholds(level, settings),
        *_tail(level, movers),
    ]


def _head(level: Level) -> Iterator[str]:
    budget, period = level.budget, level.period
    local = f"{period.first_day} to before {period.end_day} in {period.zone}"
    each = "in its period" if budget.kind is PeriodKind.CUSTOM else f"a {budget.kind}"
    yield f"budget {budget.name}: {format_usd(budget.limit_usd)} {each}"
    yield f"period: {local}"
    yield f"  in UTC: {period.start:%Y-%m-%dT%H:%M:%SZ} to before {period.end:%Y-%m-%dT%H:%M:%SZ}"
    yield f"scope: {describe_scope(budget.scope)}"
    speed = pace(level)
    shown = "" if speed is None else f", {round_half_up(speed, 2)} times the even pace"
    yield f"spent: {format_usd(level.spent_usd)} ({spent_percent(level)}%){shown}"
    yield f"  exactly: {format_usd(level.spent_usd, full=True)}"
    unrated = describe_unrated(level)
    yield f"unrated: {unrated or 'nothing'}"


def _days(days: Sequence[BudgetDay]) -> Iterator[str]:
    """Daily spend, the largest day as a full bar."""
    most = max((one.amount_usd for one in days), default=None)
    yield "spent by day:" if days else "spent by day: nothing"
    for one in days:
        bar = draw_bar(one.amount_usd / most) if most else draw_bar(one.amount_usd)
        unrated = f"  {one.unrated:,} unrated" if one.unrated else ""
        amount = format_usd(one.amount_usd)
        yield f"  {one.day}  {bar}  {amount:>12}  {one.predictions:,} predictions{unrated}"


def _thresholds(level: Level, settings: Settings) -> Iterator[str]:
    open_alerts = _open_alerts(level, settings)
    yield "thresholds:"
    for one in read_level(level):
        told = [
            f"told {alert.alert.opened_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC as "
            f"{alert.alert.alert_id}, {alert.closure.written if alert.closure else 'open'}"
            for alert in open_alerts
            if (alert.alert.key.basis, alert.alert.key.threshold) == (one.basis, one.threshold_id)
        ]
        yield f"  {_describe_reading(one, level)}" + (f"; {told[0]}" if told else "")


def _describe_reading(one: Reading, level: Level) -> str:
    """A threshold, its amount, and whether it is reached: `50% ($60.00): not reached`."""
    return f"{one.described}: {_describe_verdict(one, level)}"


def _describe_verdict(one: Reading, level: Level) -> str:
    """Whether it is reached; of a forecast, which fires later than it is reached, why it is not."""
    if one.basis in {Basis.ANOMALY, Basis.STALE, Basis.UNRATED}:
        return "yes" if one.verdict is Verdict.ON else "no"
    if one.verdict is Verdict.ON:
        return "reached"
    if one.basis is Basis.FORECAST and one.threshold_usd is not None:
        expected = one.level_usd
        if expected is not None and level.budget.reaches(expected, one.threshold_usd):
            return f"{format_usd(expected)} expected, not told yet"
    return "not reached"


def _open_alerts(level: Level, settings: Settings) -> list[StoredAlert]:
    """What was told of this period, the newest first."""
    from costing.state.alert import history
    from costing.state.connection import open_store
    from costing.state.file import has_state

    if not has_state(settings.home):
        return []
    with open_store(settings.home) as store:
        told = history(store, level.budget.name)
    keys = [(one.stored, one.stored.alert.key) for one in told]
    return [
        stored
        for stored, key in keys
        if key.period == level.period.key or (key.budget == EVERY_BUDGET and stored.closure is None)
    ]


def _tail(level: Level, movers: Sequence[Mover]) -> Iterator[str]:
    forecast = level.forecast
    if forecast is not None:
        yield f"forecast: {describe_forecast(level)}"
        yield f"  method: {forecast.method}, from {forecast.history_days} days of history"
        if forecast.coverage is not None:
            yield f"  past intervals held {forecast.coverage:.0%} of outcomes (8 of 10 are meant)"
        if not forecast.may_alert:
            yield "  too short a history to alert"
        yield f"  fires from {FIRES_AT} times a threshold on, re-arms below {REARMS_BELOW} times"
    yield "moved against the same days of the period before:" if movers else "moved: nothing"
    for mover in movers:
        change = format_usd(mover.change_usd)
        spent, before = format_usd(mover.spent_usd), format_usd(mover.before_usd)
        yield f"  {mover.name or '(no model)'}  {change}  ({spent}, before {before})"
    as_of = level.data_as_of
    shown = "never: nothing was taken in yet" if as_of is None else f"{as_of:%Y-%m-%d %H:%M} UTC"
    yield f"data as of: {shown}" + (" (stale)" if level.is_stale else "")
