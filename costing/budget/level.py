"""How far a budget has come in one period: what an evaluation judges.

Rule of this file: values only, each as known at one instant. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costing.budget.budget import Budget
    from costing.budget.period import BudgetPeriod
    from reports.derivations.anomalies import Finding
    from reports.forecast import Forecast


@dataclass(frozen=True, slots=True)
class Burn:
    """What was spent in a short and a long window that end now, exact."""

    short_usd: Decimal
    long_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One budget in one period, as known at `now`.

    Attributes:
        now: aware UTC.
        spent_usd: charges of the period that are rated, exact.
        predictions: of the period; unrated: those without an amount.
        forecast: None where no threshold asks for it, or the period is over.
        burns: by threshold id; of the current period only.
        findings: unusual days that begin in the period, and what changed in it.
        data_as_of: when the ledger last learned something; None where it never did.
    """

    budget: Budget
    period: BudgetPeriod
    now: datetime
    spent_usd: Decimal
    predictions: int = 0
    unrated: int = 0
    forecast: Forecast | None = None
    burns: Mapping[str, Burn] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()
    data_as_of: datetime | None = None

    @property
    def is_current(self) -> bool:
        """Whether the period still runs; else it is in its grace."""
        return self.now < self.period.end

    @property
    def is_stale(self) -> bool:
        """Whether the data is older than the budget allows."""
        most = self.budget.max_staleness
        if most is None:
            return False
        return self.data_as_of is None or self.now - self.data_as_of > most
