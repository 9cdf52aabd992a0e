"""What spend of a period consists of, for any number of budgets: a report for all of them at once.

Rule of this file: it asks the reports `monthly` and `anomalies`, so that a message says what they
say, and asks each question once. Budgets whose scopes name the same dimensions share an answer,
which is grouped by these; which group belongs to which budget, DuckDB says as it does in a report.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from json import dumps
from typing import TYPE_CHECKING

from costing.budget.message import Mover
from costing.budget.scope import patterns_of
from costing.statement import read_statement
from pricing.calendar import Period, first_instant
from pricing.money import add_exact
from reports.anomaly import Episode
from reports.derivations.anomalies import (
    CAUSE_DAYS,
    LEAST_USD,
    Finding,
    Kind,
    describe_episode,
    name_cause,
)
from reports.parameter import Parameters
from reports.query import find_query
from reports.run import run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.budget.budget import Budget
    from costing.budget.level import Level
    from costing.budget.period import BudgetPeriod
    from reports.dimension import Condition

MOST_MOVERS = 3
MOST_READINGS = 20
"""Reports that one run asks for movers and causes: each takes as long as a report, and all budgets
of one period whose scopes name the same dimensions need but one."""

_DAY = timedelta(days=1)
_MODEL = "model"
_SUBJECTS = {"deployment": "deployment", "model": "model", "hardware": "tier"}
_SPECIAL = frozenset("*?[\\")


@dataclass(frozen=True, slots=True)
class _Group:
    """What one combination of dimensions spent; None where nothing of it is rated."""

    values: Mapping[str, str]
    spent_usd: Decimal | None
    before_usd: Decimal | None


@dataclass(slots=True)
class Breakdown:
    """The reports that one run has asked so far, of one rated ledger."""

    connection: DuckDBPyConnection
    _groups: dict[tuple[Period, datetime, tuple[str, ...]], tuple[_Group, ...]] = field(
        default_factory=dict
    )

    def find_movers(self, level: Level, most: int = MOST_MOVERS) -> tuple[Mover, ...] | None:
        """The models whose spend changed most, in either direction, the largest first.

        Returns:
            None where this run has asked for too much to look for them.
        """
        groups = self._read(level.period.as_period, level.now, level.budget, (_MODEL,))
        if groups is None:
            return None
        by_model: dict[str, list[_Group]] = {}
        for one in groups:
            by_model.setdefault(one.values[_MODEL], []).append(one)
        movers = [
            Mover(name, _sum(one.spent_usd for one in some), _sum(one.before_usd for one in some))
            for name, some in by_model.items()
        ]
        moved = [mover for mover in movers if mover.change_usd]
        return tuple(sorted(moved, key=lambda one: (-abs(one.change_usd), one.name))[:most])

    def with_cause(self, level: Level, episode: Episode) -> Finding:
        """Unusual days of a budget as a finding that names their cause, where this run still may.

        The cause is what cost most above its mean of the days before, as in the report
        `anomalies`.
        """
        zone = level.period.zone
        days = _days(episode.first, episode.last + _DAY, level)
        before = _days(episode.first - CAUSE_DAYS * _DAY, episode.first, level)
        by = tuple(_SUBJECTS)
        now = self._read(days, level.now, level.budget, by)
        then = self._read(before, first_instant(episode.first, zone), level.budget, by)
        if now is None or then is None:
            return describe_episode(episode)
        length = (episode.last - episode.first).days + 1
        excesses: dict[tuple[str, str], Decimal] = {}
        for groups, weight in ((now, Decimal(1)), (then, -Decimal(length) / CAUSE_DAYS)):
            for one in groups:
                for dimension, subject in _SUBJECTS.items():
                    name = one.values[dimension]
                    if name and one.spent_usd:
                        key = (subject, name)
                        excesses[key] = excesses.get(key, Decimal()) + weight * one.spent_usd
        return describe_episode(episode, *name_cause(excesses))

    def _read(
        self, period: Period, until: datetime, budget: Budget, by: tuple[str, ...]
    ) -> tuple[_Group, ...] | None:
        """What a budget's scope spent in a period, by some dimensions and those of the scope."""
        named = sorted({one.dimension.name for one in budget.scope} - set(by))
        key = (period, until, (*by, *named))
        if key not in self._groups:
            if len(self._groups) >= MOST_READINGS:
                return None
            self._groups[key] = tuple(self._ask(*key))
        groups = self._groups[key]
        values = [one.values for one in groups]
        kept = select(self.connection, budget.scope, values)
        return tuple(groups[number] for number in kept)

    def _ask(self, period: Period, until: datetime, by: tuple[str, ...]) -> Iterator[_Group]:
        parameters = Parameters(period=period, by=by, until=until)
        table = run(self.connection, find_query("monthly"), parameters)
        names = (*by, "amount_usd", "same_days_usd")
        for cells in zip(*(table.values(name) for name in names), strict=True):
            *values, spent, before = cells
            texts = {name: str(cell or "") for name, cell in zip(by, values, strict=True)}
            yield _Group(texts, _amount(spent), _amount(before))


def find_changes(
    connection: DuckDBPyConnection,
    asked: Sequence[tuple[Budget, BudgetPeriod]],
    now: datetime,
    until: datetime,
) -> dict[tuple[str, str], tuple[Finding, ...]]:
    """What changed in each budget's period, by its name and the period's key.

    The report `anomalies` is asked once for all budgets of a period whose scopes differ in models
    alone, as each change is of one model. What costs less than `LEAST_USD` is left out, and what
    is new is told in its first days: whoever sets up a budget is not told of last month.

    Args:
        connection: the rated ledger, with the days before the periods that the report reads.
        asked: budgets that are told of changes, each with a period.
        now: aware UTC; until: up to when spend is known.
    """
    shared: dict[tuple[Period, tuple[Condition, ...]], list[Finding]] = {}
    found: dict[tuple[str, str], tuple[Finding, ...]] = {}
    for budget, period in asked:
        others = tuple(one for one in budget.scope if one.dimension.name != _MODEL)
        key = (period.as_period, others)
        if key not in shared:
            shared[key] = list(_ask_changes(connection, *key, now, until))
        models = tuple(one for one in budget.scope if one.dimension.name == _MODEL)
        kept = select(connection, models, [{_MODEL: one.model} for one in shared[key]])
        findings = (shared[key][number] for number in kept)
        found[budget.name, period.key] = tuple(
            one for one in findings if one.kind in budget.anomalies
        )
    return found


def _ask_changes(
    connection: DuckDBPyConnection,
    period: Period,
    where: tuple[Condition, ...],
    now: datetime,
    until: datetime,
) -> Iterator[Finding]:
    """The changes that the report `anomalies` finds and that are worth an alert."""
    parameters = Parameters(period=period, where=where, until=min(now, until))
    table = run(connection, find_query("anomalies"), parameters)
    names = ("kind", "first_day", "subject", "at_stake_usd", "finding", "model", "hardware")
    for cells in zip(*(table.values(name) for name in names), strict=True):
        kind, day, subject, stake, sentence, model, hardware = cells
        at_stake_usd = _amount(stake)
        if at_stake_usd is not None and at_stake_usd >= LEAST_USD:
            one = Finding(
                kind=Kind(str(kind)),
                first_day=str(day or ""),
                last_day=None,
                subject=str(subject),
                at_stake_usd=at_stake_usd,
                sentence=str(sentence),
                model=str(model or ""),
                hardware=str(hardware or ""),
            )
            if not one.kind.is_of_days:
                yield one


def select(
    connection: DuckDBPyConnection,
    scope: Sequence[Condition],
    rows: Sequence[Mapping[str, str]],
) -> list[int]:
    """Numbers of the rows that match a scope, whose dimensions each of them has."""
    kept = list(range(len(rows)))
    for name, patterns in patterns_of(scope).items():
        matching = _matching(connection, {rows[number][name] for number in kept}, patterns)
        kept = [number for number in kept if rows[number][name] in matching]
    return kept


def _matching(
    connection: DuckDBPyConnection, values: Collection[str], patterns: Sequence[str]
) -> set[str]:
    """The values that match one of the patterns."""
    plain = {one for one in patterns if not _SPECIAL & set(one)}
    if len(plain) == len(patterns):
        return plain & set(values)
    bound = {"values": dumps(sorted(values)), "patterns": dumps(list(patterns))}
    statement = read_statement("budget/queries", "matching")
    return {value for (value,) in connection.execute(statement, bound).fetchall()}


def _days(first: date, end: date, level: Level) -> Period:
    zone = level.period.zone
    return Period(first_instant(first, zone), first_instant(end, zone), zone)


def _sum(amounts: Iterator[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [one for one in amounts if one is not None]
    return add_exact(known) if known else None


def _amount(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def name_causes(breakdown: Breakdown, level: Level) -> Level:
    """A level whose unusual days name their cause."""
    named = (
        one if one.episode is None else breakdown.with_cause(level, one.episode)
        for one in level.findings
    )
    return replace(level, findings=tuple(named))
