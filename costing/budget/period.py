"""Which instants a budget's period is: a calendar rule in a zone, as half-open UTC intervals.

Rule of this file: a period begins where `pricing.calendar` says that its first local day begins, so
that budgets and reports mean the same month. Its key is that day. Nothing else decides when
thresholds may be reached again, so no offset of a zone can delay it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from costing.budget.budget import Budget, PeriodKind
from pricing.calendar import Period, first_instant

if TYPE_CHECKING:
    from datetime import tzinfo

GRACE_DAYS = 3
"""Local days after its end in which a period is still evaluated, for records that come late."""

_DAY = timedelta(days=1)
_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}
_DAYS = {PeriodKind.DAY: 1, PeriodKind.WEEK: 7}


@dataclass(frozen=True, slots=True)
class BudgetPeriod:
    """One period of a budget.

    Attributes:
        first_day, end_day: local dates, the end not included.
        zone: whose dates they are.
    """

    first_day: date
    end_day: date
    zone: tzinfo

    @property
    def key(self) -> str:
        """What names it: its first local date, `2026-11-01`."""
        return self.first_day.isoformat()

    @property
    def start(self) -> datetime:
        """Its first instant, UTC."""
        return first_instant(self.first_day, self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it, UTC."""
        return first_instant(self.end_day, self.zone)

    @property
    def grace_end(self) -> datetime:
        """The instant from which on it is not evaluated any more, UTC."""
        return first_instant(self.end_day + GRACE_DAYS * _DAY, self.zone)

    @property
    def as_period(self) -> Period:
        """The same as reports take it."""
        return Period(self.start, self.end, self.zone)

    @property
    def day_count(self) -> int:
        """Local days in it."""
        return (self.end_day - self.first_day).days

    def day_number(self, now: datetime) -> int:
        """Which day of the period an instant lies in, from 1; not beyond its last."""
        number = (now.astimezone(self.zone).date() - self.first_day).days + 1
        return max(1, min(number, self.day_count))


def current_period(budget: Budget, now: datetime) -> BudgetPeriod:
    """The period that an instant lies in; of a custom one, the only one there is."""
    if budget.kind is PeriodKind.CUSTOM:
        return _custom(budget)
    return _period_with(budget, now.astimezone(budget.zone).date())


def previous_period(budget: Budget, period: BudgetPeriod) -> BudgetPeriod | None:
    """The period before; None of a custom budget, which has but one."""
    if budget.kind is PeriodKind.CUSTOM:
        return None
    return _period_with(budget, period.first_day - _DAY)


def live_periods(budget: Budget, now: datetime) -> tuple[BudgetPeriod, ...]:
    """The periods to evaluate at an instant: the one before while in grace, and this one."""
    current = current_period(budget, now)
    before = previous_period(budget, current)
    found = [current] if current.start <= now < current.grace_end else []
    if before is not None and now < before.grace_end:
        found.insert(0, before)
    return tuple(found)


def next_day(zone: tzinfo, now: datetime) -> datetime:
    """The instant at which the next local day begins, UTC."""
    return first_instant(now.astimezone(zone).date() + _DAY, zone)


def _period_with(budget: Budget, day: date) -> BudgetPeriod:
    """The period that a local day lies in."""
    if budget.kind in _MONTHS:
        months = _MONTHS[budget.kind]
        number = day.year * 12 + (day.month - 1) // months * months
        return BudgetPeriod(_first_of(number), _first_of(number + months), budget.zone)
    days = _DAYS[budget.kind]
    first = day - (day.weekday() % days) * _DAY  # Weeks begin on Monday, as ISO 8601 has them.
    return BudgetPeriod(first, first + days * _DAY, budget.zone)


def _first_of(month_number: int) -> date:
    """First day of the month that is so many months after the year 0."""
    year, month = divmod(month_number, 12)
    return date(year, month + 1, 1)


def _custom(budget: Budget) -> BudgetPeriod:
    """The one period of a custom budget, whose days its file names."""
    if budget.first_day is None or budget.end_day is None:
        raise ValueError(f"the custom budget {budget.name} has no days")
    return BudgetPeriod(budget.first_day, budget.end_day, budget.zone)
