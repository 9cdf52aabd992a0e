"""Where every budget stands: from the rated ledger to levels.

Rule of this file: everything that an evaluation needs of the ledger is read here, by queries whose
number does not grow with that of the budgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.budget.level import Burn, Level, UnusualDay
from costing.budget.period import GRACE_DAYS, BudgetPeriod, live_periods, previous_period
from costing.budget.spend import Asked, BudgetDay, read_daily, read_dates, read_windows
from pricing.calendar import Period
from pricing.money import add_exact
from reports.anomaly import find_episodes
from reports.forecast import HISTORY_DAYS, forecast_period
from reports.history import DaySpend, fill_days, known_until

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.budget.budget import Budget

_DAY = timedelta(days=1)


def asked_period(budgets: Sequence[Budget], now: datetime) -> Period:
    """The instants that a survey reads, for `costing.rated_ledger`."""
    lived = [(budget, period) for budget in budgets for period in _periods(budget, now)]
    before = [previous_period(budget, period) for budget, period in lived]
    starts = [one.start for one in before if one is not None]
    since = [period.start - (HISTORY_DAYS + 2) * _DAY for _, period in lived]
    return Period(min([now, *starts, *since]), None)


def survey(
    connection: DuckDBPyConnection,
    budgets: Sequence[Budget],
    now: datetime,
    *,
    data_as_of: datetime | None,
    has_all_forecasts: bool,
) -> tuple[Level, ...]:
    """Every budget in each of its live periods, all as known at `now`.

    Args:
        connection: the rated ledger.
        budgets: in the order of their file.
        now: aware UTC.
        data_as_of: when the ledger last learned something; None where it never did.
        has_all_forecasts: forecast every budget, not only those with a threshold on it.
    """
    lived = {budget.name: _periods(budget, now) for budget in budgets}
    begun = [budget for budget in budgets if lived[budget.name]]
    daily = read_daily(
        connection,
        [
            Asked(
                one,
                _since(one, lived[one.name], has_all_forecasts=has_all_forecasts),
                lived[one.name][-1].end_day,
            )
            for one in begun
        ],
    )
    as_of = now if data_as_of is None else min(now, data_as_of)
    until = known_until(read_dates(connection), as_of) if begun else now
    burning = [budget for budget in begun if budget.burns]
    windows = read_windows(connection, burning, now) if burning else ()
    burns = {one.name: _burns(one, spent) for one, spent in zip(burning, windows, strict=True)}
    return tuple(
        _level(
            period,
            _Facts(budget, now, days, until, data_as_of, burns.get(budget.name, {})),
            is_forecast=has_all_forecasts or budget.has_forecast,
        )
        for budget, days in zip(begun, daily, strict=True)
        for period in lived[budget.name]
    )


def empty_levels(budgets: Sequence[Budget], now: datetime) -> tuple[Level, ...]:
    """The levels where there is no ledger: nothing was ever taken in."""
    return tuple(
        Level(budget=budget, period=period, now=now, spent_usd=Decimal())
        for budget in budgets
        for period in _periods(budget, now)
    )


def levels_on(budget: Budget, days: Sequence[BudgetDay], morning: datetime) -> tuple[Level, ...]:
    """One budget at the beginning of a day, with nothing known but the days before it."""
    facts = _Facts(budget, morning, days, morning, morning, {})
    return tuple(
        _level(period, facts, is_forecast=budget.has_forecast)
        for period in _periods(budget, morning)
    )


def _periods(budget: Budget, now: datetime) -> tuple[BudgetPeriod, ...]:
    """The live periods with a duration: a day that a zone skipped has none."""
    return tuple(one for one in live_periods(budget, now) if one.start < one.end)


def _since(budget: Budget, periods: Sequence[BudgetPeriod], *, has_all_forecasts: bool) -> date:
    """The first local day that a budget asks about."""
    needs_history = has_all_forecasts or budget.has_forecast or budget.has_anomalies
    return periods[0].first_day - (HISTORY_DAYS if needs_history else 0) * _DAY


class _Facts:
    """What is known of one budget, whatever the period."""

    __slots__ = ("budget", "burns", "data_as_of", "days", "filled", "now")

    def __init__(
        self,
        budget: Budget,
        now: datetime,
        days: Sequence[BudgetDay],
        until: datetime,
        data_as_of: datetime | None,
        burns: Mapping[str, Burn],
    ) -> None:
        self.budget, self.now, self.days = budget, now, days
        self.data_as_of, self.burns = data_as_of, burns
        amounts = {
            one.day: None if one.unrated and one.unrated == one.predictions else one.amount_usd
            for one in days
        }
        self.filled: list[DaySpend] = fill_days(amounts, until, budget.zone)


def _level(period: BudgetPeriod, facts: _Facts, *, is_forecast: bool) -> Level:
    within = [one for one in facts.days if period.first_day <= one.day < period.end_day]
    spent_usd = add_exact([one.amount_usd for one in within])
    is_current = facts.now < period.end
    return Level(
        budget=facts.budget,
        period=period,
        now=facts.now,
        spent_usd=spent_usd,
        predictions=sum(one.predictions for one in within),
        unrated=sum(one.unrated for one in within),
        forecast=forecast_period(
            facts.filled, period.as_period, facts.now, facts.budget.limit_usd, spent=spent_usd
        )
        if is_forecast and is_current
        else None,
        burns=facts.burns if is_current else {},
        unusual_days=_unusual_days(period, facts) if facts.budget.has_anomalies else (),
        data_as_of=facts.data_as_of,
    )


def _burns(budget: Budget, spent: Mapping[timedelta, Decimal]) -> dict[str, Burn]:
    return {one.threshold_id: Burn(spent[one.short], spent[one.long]) for one in budget.burns}


def _unusual_days(period: BudgetPeriod, facts: _Facts) -> tuple[UnusualDay, ...]:
    """Unusual days that begin in the period and are not long over: old ones are no news."""
    recent = facts.now.astimezone(period.zone).date() - GRACE_DAYS * _DAY
    return tuple(
        UnusualDay(one.first, one.spent_usd, one.expected_usd)
        for one in find_episodes(facts.filled)
        if period.first_day <= one.first < period.end_day and one.last >= recent
    )
