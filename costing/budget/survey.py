"""Where every budget stands: from the rated ledger to levels.

Rule of this file: everything that an evaluation needs of the ledger is read here, by queries whose
number does not grow with that of the budgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.budget.breakdown import find_changes
from costing.budget.level import Burn, Level
from costing.budget.period import GRACE_DAYS, BudgetPeriod, live_periods, previous_period
from costing.budget.spend import (
    Asked,
    BudgetDay,
    read_daily,
    read_dates,
    read_series,
    read_windows,
)
from pricing.calendar import Period
from pricing.money import add_exact
from reports.anomaly import Episode, find_all_episodes
from reports.derivations.anomalies import Finding, describe_episode
from reports.forecast import HISTORY_DAYS, Forecast, Question, forecast_periods
from reports.history import DaySpend, fill_days, known_until
from reports.series import Series, make_series

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
    asked = [_asked(one, lived[one.name], has_all_forecasts=has_all_forecasts) for one in begun]
    daily = read_daily(connection, asked)
    as_of = now if data_as_of is None else min(now, data_as_of)
    until = known_until(read_dates(connection), as_of) if begun else now
    series = read_series(connection, asked, until) if begun else ()
    burns = _read_burns(connection, begun, now)
    changing = [(one, period) for one in begun if one.has_changes for period in lived[one.name]]
    changes = find_changes(connection, changing, now, as_of)
    facts = [
        Facts(
            budget=budget,
            period=period,
            now=now,
            days=days,
            series=known,
            until=until,
            is_forecast=has_all_forecasts or budget.has_forecast,
            burns=burns.get(budget.name, {}),
            changes=changes.get((budget.name, period.key), ()),
            data_as_of=data_as_of,
        )
        for budget, days, known in zip(begun, daily, series, strict=True)
        for period in lived[budget.name]
    ]
    return make_levels(facts)


def empty_levels(budgets: Sequence[Budget], now: datetime) -> tuple[Level, ...]:
    """The levels where there is no ledger: nothing was ever taken in."""
    return tuple(
        Level(budget=budget, period=period, now=now, spent_usd=Decimal())
        for budget in budgets
        for period in _periods(budget, now)
    )


def facts_on(budget: Budget, days: Sequence[BudgetDay], morning: datetime) -> list[Facts]:
    """One budget at the beginning of a day, with nothing known but the days before it."""
    series = make_series(_fill(days, morning, budget))
    return [
        Facts(
            budget=budget,
            period=period,
            now=morning,
            days=days,
            series=series,
            until=morning,
            is_forecast=budget.has_forecast,
            data_as_of=morning,
        )
        for period in _periods(budget, morning)
    ]


def _periods(budget: Budget, now: datetime) -> tuple[BudgetPeriod, ...]:
    """The live periods with a duration: a day that a zone skipped has none."""
    return tuple(one for one in live_periods(budget, now) if one.start < one.end)


def _asked(budget: Budget, periods: Sequence[BudgetPeriod], *, has_all_forecasts: bool) -> Asked:
    """The local days that a budget asks about: exactly its periods, as estimates those before."""
    first = periods[0].first_day
    before = first - HISTORY_DAYS * _DAY
    has_forecast = has_all_forecasts or budget.has_forecast
    return Asked(
        budget=budget,
        since=before if budget.has_unusual_days else first,
        until=periods[-1].end_day,
        estimated_since=before if has_forecast else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one budget in one of its periods.

    Attributes:
        days: what it spent by day, exactly: in the period, and before it for unusual days.
        series: what it spent by day, to estimate from.
        until: the instant up to which spend is known.
        is_forecast: whether a forecast is wanted.
    """

    budget: Budget
    period: BudgetPeriod
    now: datetime
    days: Sequence[BudgetDay]
    series: Series
    until: datetime
    is_forecast: bool
    burns: Mapping[str, Burn] = field(default_factory=dict)
    changes: tuple[Finding, ...] = ()
    data_as_of: datetime | None

    @property
    def is_current(self) -> bool:
        """Whether the period still runs."""
        return self.now < self.period.end

    @property
    def within(self) -> list[BudgetDay]:
        """The days of the period."""
        return [one for one in self.days if self.period.first_day <= one.day < self.period.end_day]

    @property
    def spent_usd(self) -> Decimal:
        """What was spent in the period, exact."""
        return add_exact([one.amount_usd for one in self.within])


def make_levels(several: Sequence[Facts]) -> tuple[Level, ...]:
    """The levels of some facts, in their order; all forecasts are made together."""
    asking = [one for one in several if one.is_forecast and one.is_current]
    forecasts = iter(forecast_periods([_question(one) for one in asking]))
    unusual = [one for one in several if one.budget.has_unusual_days]
    filled = [_fill(one.days, one.until, one.budget) for one in unusual]
    episodes = iter(find_all_episodes(filled))
    return tuple(
        _level(
            one,
            next(forecasts) if one.is_forecast and one.is_current else None,
            next(episodes) if one.budget.has_unusual_days else (),
        )
        for one in several
    )


def _question(facts: Facts) -> Question:
    """What is asked of a budget's period: what is not known yet is expected, as in the report."""
    known = min(facts.now, facts.until)
    return Question(
        series=facts.series.before(known.astimezone(facts.period.zone).date()),
        period=facts.period.as_period,
        now=known,
        spent=facts.spent_usd,
        limit=facts.budget.limit_usd,
    )


def _level(facts: Facts, forecast: Forecast | None, episodes: Sequence[Episode]) -> Level:
    within = facts.within
    return Level(
        budget=facts.budget,
        period=facts.period,
        now=facts.now,
        spent_usd=facts.spent_usd,
        predictions=sum(one.predictions for one in within),
        unrated=sum(one.unrated for one in within),
        forecast=forecast,
        burns=facts.burns if facts.is_current else {},
        findings=(*_unusual_days(facts, episodes), *facts.changes),
        data_as_of=facts.data_as_of,
    )


def _fill(days: Sequence[BudgetDay], until: datetime, budget: Budget) -> list[DaySpend]:
    """The known days of a budget: none of which nothing has an amount, all others to `until`."""
    amounts = {one.day: None if one.is_unknown else one.amount_usd for one in days}
    return fill_days(amounts, until, budget.zone)


def _read_burns(
    connection: DuckDBPyConnection, budgets: Sequence[Budget], now: datetime
) -> dict[str, dict[str, Burn]]:
    """What was spent in the windows of each budget that has some, by threshold id."""
    burning = [budget for budget in budgets if budget.burns]
    windows = read_windows(connection, burning, now) if burning else ()
    return {
        budget.name: {
            one.threshold_id: Burn(spent[one.short], spent[one.long]) for one in budget.burns
        }
        for budget, spent in zip(burning, windows, strict=True)
    }


def _unusual_days(facts: Facts, episodes: Sequence[Episode]) -> Iterator[Finding]:
    """Unusual days that begin in the period and are not long over: old ones are no news."""
    period = facts.period
    recent = facts.now.astimezone(period.zone).date() - GRACE_DAYS * _DAY
    for one in episodes:
        found = describe_episode(one)
        is_here = period.first_day <= one.first < period.end_day and one.last >= recent
        if is_here and found.kind in facts.budget.anomalies:
            yield found
