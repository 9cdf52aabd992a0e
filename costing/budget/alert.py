"""An alert: that a budget reached something, said once.

Rule of this file: what makes two alerts the same is their key, and nothing else. An alert is made
by an evaluation and never changes; what becomes of it (open, acknowledged, closed) is a record's
business, and what becomes of its messages a delivery's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

ID_LENGTH = 12

EVERY_BUDGET = "*"
"""Stands for a budget's name in the key of an alert that is about the data of all of them; no
budget can be called so."""


class Basis(StrEnum):
    """What about a budget an alert is about."""

    ACTUAL = "actual"
    FORECAST = "forecast"
    BURN = "burn"
    ANOMALY = "anomaly"
    STALE = "stale"
    UNRATED = "unrated"


class Severity(StrEnum):
    """How urgent an alert is, in the words of PagerDuty's Events v2."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Closure(StrEnum):
    """Why an alert is closed."""

    ACKNOWLEDGED = "acknowledged"
    PERIOD_OVER = "period_over"
    LIMIT_RAISED = "limit_raised"
    """The limit was raised above the level: the threshold may be reached again."""
    REARMED = "rearmed"
    """The level fell so far that reaching the threshold again would be news."""
    BUDGET_GONE = "budget_gone"
    """The budget, or the threshold, stands in the budgets file no more."""

    @property
    def written(self) -> str:
        """Why, as people read it."""
        if self is Closure.BUDGET_GONE:
            return "closed, as budgets.toml has it no more"
        return self.value.replace("_", " ")

    @property
    def is_rearming(self) -> bool:
        """Whether the threshold may be reached once more in the same period."""
        return self in {Closure.LIMIT_RAISED, Closure.REARMED}


@dataclass(frozen=True, slots=True, order=True)
class AlertKey:
    """What makes an alert the one that it is.

    Attributes:
        budget: name of the budget, or `EVERY_BUDGET`.
        period: local date on which the period begins, `2026-11-01`; of stale data the day in UTC.
        basis: what it is about.
        threshold: stable text such as `actual:80pct`, `burn:1h+6h`, `anomaly:2026-11-20`,
            `anomaly:new model:model acme/face`, `stale`; never the amount, so that changing a limit
            fires nothing again.
        episode: 1 for the first time in the period; one more after each re-arming. Of `stale`, how
            many different ages that budgets name the data is older than.
    """

    budget: str
    period: str
    basis: Basis
    threshold: str
    episode: int = 1

    @property
    def subject(self) -> str:
        """What it is about, as people read it: `budget search`, `all budgets`."""
        return "all budgets" if self.budget == EVERY_BUDGET else f"budget {self.budget}"

    @property
    def alert_id(self) -> str:
        """The alert's id: 12 hexadecimal digits that follow from the key alone.

        >>> AlertKey("all", "2026-11-01", Basis.ACTUAL, "actual:80pct").alert_id
        '57605E945A0B'
        """
        parts = (self.budget, self.period, self.basis.value, self.threshold, str(self.episode))
        return sha256("\0".join(parts).encode()).hexdigest()[:ID_LENGTH].upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert as an evaluation makes it.

    Attributes:
        key: what makes it the one that it is.
        severity: how urgent it is.
        opened_at: when the evaluation took place, aware UTC.
        threshold_usd: the threshold's amount at that moment; None where it has none.
        summary: one line for people, without the id.
        payload: the message's facts as JSON text, frozen; `costing.budget.message` writes it.
        is_sent: False where another one that was found at the same time speaks for it, so that it
            is recorded and no channel is told.
        about: names of the budgets whose channels are told, where it speaks for several.
    """

    key: AlertKey
    severity: Severity
    opened_at: datetime
    threshold_usd: Decimal | None
    summary: str
    payload: str
    is_sent: bool = True
    about: tuple[str, ...] = ()

    @property
    def alert_id(self) -> str:
        """The alert's id; see `AlertKey.alert_id`."""
        return self.key.alert_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """What is remembered of an alert, as an evaluation reads it.

    Attributes:
        key: of the alert.
        threshold_usd: the threshold's amount when it opened; None where it has none.
        closure: why it was closed, None while it is open.
    """

    key: AlertKey
    threshold_usd: Decimal | None
    closure: Closure | None

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return self.closure is None


@dataclass(frozen=True, slots=True)
class Closing:
    """That an open alert is to be closed, and why."""

    key: AlertKey
    closure: Closure
