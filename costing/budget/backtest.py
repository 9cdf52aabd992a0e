"""What budgets would have told in the past: when, how often falsely, what they missed, how early.

Rule of this file: every morning of the time is evaluated by the same rules as a check, and with
nothing that was not known then: by default the charges before that morning, and with
`is_as_ingested` the records and prices that this ledger had by then. What came of it afterwards
only judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from costing.budget.alert import AlertKey, AlertRecord, Basis
from costing.budget.evaluation import Crossing, evaluate
from costing.budget.ledger import open_ledger
from costing.budget.period import BudgetPeriod, current_period
from costing.budget.source import read_source
from costing.budget.spend import Asked, BudgetDay, read_daily
from costing.budget.survey import facts_on, make_levels
from costing.instant import parse_instant
from costing.ledger.error import NoLedger
from pricing.calendar import first_instant
from reports.forecast import HISTORY_DAYS

if TYPE_CHECKING:
    from costing.budget.budget import Budget
    from costing.budget.level import Level
    from costing.lock import Turn
    from costing.settings import Settings

DEFAULT_DAYS = 90
MOST_DAYS = 1_100
_DAY = timedelta(days=1)

Days = Sequence[BudgetDay]


class Outcome(StrEnum):
    """Whether an alert came true."""

    TRUE = "true"
    FALSE = "false"
    OPEN = "open"
    """Its period is not over yet."""


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that would have been told.

    Attributes:
        day: local date of the morning on which it would have been.
        written: its threshold, as people write it.
        outcome: of a forecast, whether its amount was reached in the end; others are true.
        warning_days: from that morning to the day on which the threshold of a forecast, or else the
            limit, was reached; None where it was not.
    """

    key: AlertKey
    day: date
    written: str
    outcome: Outcome
    warning_days: int | None


@dataclass(frozen=True, slots=True)
class Miss:
    """A forecast threshold that was reached without a word before."""

    budget: str
    period: str
    written: str
    day: date


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a backtest found.

    Attributes:
        first_day, end_day: the mornings that were gone through, the end not included.
        firings: in order of time; misses: likewise.
        daily: what each budget spent on each of these days, none where there was nothing.
    """

    first_day: date
    end_day: date
    firings: tuple[Firing, ...]
    misses: tuple[Miss, ...]
    daily: Mapping[str, Mapping[date, Decimal]]


def backtest_budgets(
    settings: Settings,
    turn: Turn,
    now: datetime,
    *,
    from_: str | None = None,
    to: str | None = None,
    budget: str | None = None,
    is_as_ingested: bool = False,
) -> Backtest:
    """Go through the mornings of some days.

    Args:
        from_, to: days; by default the 90 before today.
        budget: only the one of this name.
        is_as_ingested: by the records and prices that this ledger had each morning; it reads the
            ledger once a day.

    Raises:
        UsageError: a text is no day.
        NotFound: there is no such budget.
    """
    source = read_source(settings)
    budgets = source.budgets if budget is None else (source.find(budget),)
    first, end = _days_asked(from_, to, now, settings.timezone)
    # How old and how complete the data was in the past is not what is tested.
    tested = [replace(one, max_staleness=None, max_unrated_percent=None) for one in budgets]
    past = _Past(settings, turn, tuple(tested), first, end)
    whole = past.read(None)
    firings = [
        _judge(day, crossing, days, now)
        for number, (one, days) in enumerate(zip(tested, whole, strict=True))
        for day, crossing in _go_through(past, number, days, is_as_ingested=is_as_ingested)
    ]
    firings.sort(key=lambda one: (one.day, one.key))
    daily = {
        one.name: {day.day: day.amount_usd for day in days if first <= day.day < end}
        for one, days in zip(tested, whole, strict=True)
    }
    misses = tuple(_misses(tested, whole, firings, (first, end)))
    return Backtest(first, end, tuple(firings), misses, daily)


@dataclass(frozen=True, slots=True)
class _Past:
    """What the ledger says of the past, as known on a morning; each morning is read once."""

    settings: Settings
    turn: Turn
    budgets: tuple[Budget, ...]
    first: date
    end: date
    mornings: dict[datetime | None, list[Days]] = field(default_factory=dict)

    def read(self, known_on: datetime | None) -> list[Days]:
        """The days of each budget, as known then; None is now."""
        if known_on not in self.mornings:
            self.mornings[known_on] = self._read(known_on)
        return self.mornings[known_on]

    def _read(self, known_on: datetime | None) -> list[Days]:
        asked = [_asked(one, self.first, self.end) for one in self.budgets]
        early = _early(self.budgets, self.first)
        try:
            with open_ledger(
                self.settings, self.budgets, self.turn, early, known_on=known_on
            ) as connection:
                return list(read_daily(connection, asked))
        except NoLedger:
            return [() for _ in self.budgets]


def _days_asked(from_: str | None, to: str | None, now: datetime, zone: str) -> tuple[date, date]:
    """The days to go through.

    Raises:
        UsageError: there are none, or too many.
    """
    from costing.errors import UsageError
    from costing.instant import find_zone

    local = find_zone(zone)
    today = now.astimezone(local).date()
    end = today + _DAY if to is None else parse_instant(to, zone).astimezone(local).date()
    first = (
        end - DEFAULT_DAYS * _DAY
        if from_ is None
        else parse_instant(from_, zone).astimezone(local).date()
    )
    if not 0 < (end - first).days <= MOST_DAYS:
        raise UsageError(
            f"{first} to {end} are no days to go through",
            where="costing budget backtest",
            help=f"give a --from before --to, at most {MOST_DAYS} days apart",
        )
    return first, end


def _early(budgets: Sequence[Budget], first: date) -> datetime:
    """An instant whose periods are the first that are needed."""
    return min(
        (first_instant(first, one.zone) for one in budgets),
        default=first_instant(first, UTC),
    )


def _asked(budget: Budget, first: date, end: date) -> Asked:
    """All days that matter: history before, and the rest of the last period, which judges."""
    begun = current_period(budget, first_instant(first, budget.zone))
    last = current_period(budget, first_instant(end, budget.zone))
    return Asked(budget, begun.first_day - HISTORY_DAYS * _DAY, last.end_day)


def _go_through(
    past: _Past, number: int, days: Days, *, is_as_ingested: bool
) -> Iterator[tuple[date, Crossing]]:
    """What one budget would have told on each morning.

    The morning before the first one is evaluated too: what was reached by then is no news.
    """
    budget = past.budgets[number]
    records: dict[AlertKey, AlertRecord] = {}
    several = [past.first + offset * _DAY for offset in range(-1, (past.end - past.first).days)]
    facts = []
    for day in several:
        morning = first_instant(day, budget.zone)
        known = past.read(morning)[number] if is_as_ingested else days
        facts += facts_on(budget, [one for one in known if one.day < day], morning)
    by_morning: dict[datetime, list[Level]] = {}
    for level in make_levels(facts):
        by_morning.setdefault(level.now, []).append(level)
    for day in several:
        levels = by_morning.get(first_instant(day, budget.zone), [])
        evaluation = evaluate(levels, records.values(), [budget])
        for crossing in evaluation.crossings:
            threshold_usd = crossing.reading.threshold_usd
            records[crossing.key] = AlertRecord(
                key=crossing.key, threshold_usd=threshold_usd, closure=None
            )
            if crossing.is_sent and day >= past.first:
                yield day, crossing
        for closing in evaluation.closings:
            records[closing.key] = replace(records[closing.key], closure=closing.closure)


def _judge(day: date, crossing: Crossing, days: Days, now: datetime) -> Firing:
    """Whether a firing came true, and how early it was."""
    level, reading = crossing.level, crossing.reading
    is_forecast = reading.basis is Basis.FORECAST
    amount_usd = reading.threshold_usd if is_forecast else level.budget.limit_usd
    reached = (
        None if amount_usd is None else _reached_on(level.budget, level.period, days, amount_usd)
    )
    outcome = Outcome.TRUE
    if is_forecast and reached is None:
        outcome = Outcome.FALSE if level.period.end <= now else Outcome.OPEN
    warning_days = None if reached is None else max((reached - day).days, 0)
    return Firing(crossing.key, day, reading.written, outcome, warning_days)


def _reached_on(
    budget: Budget, period: BudgetPeriod, days: Days, amount_usd: Decimal
) -> date | None:
    """The day of a period in which an amount was reached; None where it never was."""
    within = [one for one in days if period.first_day <= one.day < period.end_day]
    sums = accumulate((one.amount_usd for one in within), _add)
    return next(
        (
            one.day
            for one, total in zip(within, sums, strict=True)
            if budget.reaches(total, amount_usd)
        ),
        None,
    )


def _misses(
    budgets: Sequence[Budget],
    whole: Sequence[Days],
    firings: Sequence[Firing],
    asked: tuple[date, date],
) -> Iterator[Miss]:
    """Forecast thresholds that were reached within these days and not told before."""
    told = {
        (one.key.budget, one.key.period, one.key.threshold): one.day for one in reversed(firings)
    }
    for budget, days in zip(budgets, whole, strict=True):
        for period in _periods(budget, asked):
            for one in budget.thresholds:
                if one.basis is Basis.FORECAST:
                    amount_usd = one.amount_usd(budget.limit_usd)
                    day = _reached_on(budget, period, days, amount_usd)
                    first = told.get((budget.name, period.key, one.threshold_id))
                    if (
                        day is not None
                        and asked[0] <= day < asked[1]
                        and (first is None or first > day)
                    ):
                        yield Miss(budget.name, period.key, one.written, day)


def _periods(budget: Budget, asked: tuple[date, date]) -> Iterator[BudgetPeriod]:
    """The periods of these days, in order."""
    period = current_period(budget, first_instant(asked[0], budget.zone))
    while period.first_day < asked[1]:
        yield period
        following = current_period(budget, period.end)
        if following.first_day <= period.first_day:
            return
        period = following


def _add(left: Decimal, right: Decimal) -> Decimal:
    from pricing.money import add_exact

    return add_exact([left, right])
