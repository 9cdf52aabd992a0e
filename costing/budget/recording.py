"""Evaluating the budgets and recording what is to be told.

Rule of this file: levels are read without any lock on the state; what they mean is decided and
recorded in one transaction that does no I/O. Of overlapping runs the one that took its ticket last
decides: an earlier one that ends later has seen nothing that this one has not, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from costing.budget.alert import Alert, AlertRecord, Basis
from costing.budget.breakdown import Breakdown, name_causes
from costing.budget.check import URGENCY, CheckResult
from costing.budget.evaluation import Crossing, evaluate
from costing.budget.ledger import open_ledger
from costing.budget.mark import (
    Mark,
    Standing,
    digest_inputs,
    leave_mark,
    next_instant,
    read_mark,
    take_ticket,
)
from costing.budget.message import Mover, make_alert, text_of
from costing.budget.reading import Verdict, read_level
from costing.budget.source import Source, read_source
from costing.budget.survey import empty_levels, survey
from costing.fold import catch_up
from costing.ledger.error import NoLedger
from costing.ledger.status import last_ingest
from costing.notify.relay import relay, resolving_channels
from costing.state.alert import alert_records, close_alerts, record_alerts
from costing.state.connection import open_store
from costing.state.delivery import count_unheard

if TYPE_CHECKING:
    from costing.budget.level import Level
    from costing.lock import Turn
    from costing.settings import Settings
    from costing.state.alert import Recorded
    from costing.state.store import Reader, Store

_FAR_FUTURE = "9999-12-31"

PeriodId = tuple[str, str]
"""A budget's name and the key of a period."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read of the ledger for one evaluation."""

    levels: tuple[Level, ...]
    movers: dict[PeriodId, tuple[Mover, ...] | None]


def evaluate_and_tell(
    store: Store,
    settings: Settings,
    content: bytes,
    turn: Turn,
    clock: Callable[[], datetime],
) -> CheckResult:
    """Take in what waits, evaluate, record what is to be told, and send what is due."""
    source = read_source(settings, content)
    catch_up(settings, turn, clock)
    now = clock()
    with store.transaction() as transaction:
        ticket = take_ticket(transaction, now)
    digest = digest_inputs(settings, content)
    seen = _look(store, source, settings, turn, now)
    standings = make_standings(seen.levels)
    next_at = next_instant(seen.levels, now, is_burning=_is_burning(seen.levels))
    mark = Mark(ticket, digest, now, next_at, standings)
    recorded = _record(store, source, seen, mark)
    relayed = relay(settings.home, source.channels, clock)
    opened = tuple(one.alert for one in recorded if one.is_new)
    return CheckResult(
        opened=opened, relayed=relayed, standings=standings, unheard=count_unheard(store)
    )


def preview(settings: Settings, turn: Turn, clock: Callable[[], datetime]) -> CheckResult:
    """What a check would record now; nothing is folded, written or sent."""
    source = read_source(settings)
    now = clock()
    with open_store(settings.home) as store:
        seen = _look(store, source, settings, turn, now)
        evaluation = evaluate(seen.levels, _records(store, seen.levels), source.budgets)
    alerts = _alerts(evaluation.crossings, seen, now)
    return CheckResult(opened=alerts, standings=make_standings(seen.levels))


def _look(store: Store, source: Source, settings: Settings, turn: Turn, now: datetime) -> _Seen:
    """Levels, and the movers of what is about to be told, from one look at the ledger."""
    try:
        with open_ledger(settings, source.budgets, turn, now) as connection:
            as_of = last_ingest(connection)
            levels = survey(
                connection, source.budgets, now, data_as_of=as_of, has_all_forecasts=False
            )
            crossings = evaluate(levels, _records(store, levels), source.budgets).crossings
            return _explain(levels, crossings, Breakdown(connection))
    except NoLedger:
        return _Seen(empty_levels(source.budgets, now), {})


def _explain(levels: Sequence[Level], crossings: Iterable[Crossing], breakdown: Breakdown) -> _Seen:
    """The levels with the movers, and the causes of unusual days, of what is about to be told."""
    told = [one for one in crossings if one.is_sent and one.reading.basis is not Basis.STALE]
    unusual = {
        _place_of(one.level)
        for one in told
        if one.reading.basis is Basis.ANOMALY and not one.reading.is_change
    }
    movers = {_place_of(one.level): breakdown.find_movers(one.level) for one in told}
    named = (name_causes(breakdown, one) if _place_of(one) in unusual else one for one in levels)
    return _Seen(tuple(named), movers)


def _place_of(level: Level) -> PeriodId:
    """What tells a level from all others of one evaluation."""
    return level.budget.name, level.period.key


def _record(store: Store, source: Source, seen: _Seen, mark: Mark) -> Sequence[Recorded]:
    """Record what the levels mean, unless a later evaluation has."""
    now = mark.evaluated_at
    channels = {one.name: source.channels_of(one) for one in source.budgets}
    with store.transaction() as transaction:
        last = read_mark(transaction)
        if last is not None and last.ticket > mark.ticket:
            return ()
        evaluation = evaluate(seen.levels, _records(transaction, seen.levels), source.budgets)
        alerts = _alerts(evaluation.crossings, seen, now)
        recorded = record_alerts(transaction, alerts, channels, now)
        close_alerts(transaction, evaluation.closings, now, resolving_channels(source.channels))
        leave_mark(transaction, mark)
    return recorded


def _records(reader: Reader, levels: Sequence[Level]) -> tuple[AlertRecord, ...]:
    """What was told of the periods in question, and every alert that is open."""
    first = min((level.period.key for level in levels), default=_FAR_FUTURE)
    return alert_records(reader, first)


def _alerts(crossings: Iterable[Crossing], seen: _Seen, now: datetime) -> tuple[Alert, ...]:
    return tuple(
        make_alert(one, seen.movers.get(_place_of(one.level), ()), now) for one in crossings
    )


def make_standings(levels: Sequence[Level]) -> tuple[Standing, ...]:
    """Where each budget stands in its newest period."""
    newest = {level.budget.name: level for level in levels}
    return tuple(_standing(level) for level in newest.values())


def _standing(level: Level) -> Standing:
    reached = [one for one in read_level(level) if one.verdict is Verdict.ON]
    worst = max((one.severity for one in reached), key=URGENCY.__getitem__, default="")
    return Standing(
        budget=level.budget.name,
        spent_usd=text_of(level.spent_usd) or "0",
        limit_usd=text_of(level.budget.limit_usd) or "0",
        reached=tuple(one.written for one in reached),
        severity=str(worst),
    )


def _is_burning(levels: Iterable[Level]) -> bool:
    """Whether a burn window is not cool."""
    return any(
        one.basis is Basis.BURN and one.verdict is not Verdict.OFF
        for level in levels
        for one in read_level(level)
    )
