"""What a budget is: a limit for a period and a scope, and what is to be told when.

Rule of this file: types only. `budget_file` reads them, `period` finds their instants, `scope` what
they cover, `evaluation` what they have reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from costing.budget.alert import Basis
from pricing.money import format_usd, multiply_exact, shortest

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from reports.derivations.anomalies import Kind
    from reports.dimension import Condition

HUNDREDTH = Decimal("0.01")


class PeriodKind(StrEnum):
    """How long a budget's period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level of actual or forecast spend that is to be told.

    Attributes:
        basis: `ACTUAL` or `FORECAST`.
        threshold_id: stable text, `actual:80pct`; of an amount its place among the budget's
            amounts, `actual:amount1`, so that changing the amount fires nothing again.
        percent: of the limit; None where it is an amount.
        fixed_usd: the amount; None where it is a percentage.
    """

    basis: Basis
    threshold_id: str
    percent: Decimal | None = None
    fixed_usd: Decimal | None = None

    def amount_usd(self, limit_usd: Decimal) -> Decimal:
        """The amount at which it is reached, exact."""
        if self.percent is None:
            return self.fixed_usd or Decimal()
        return multiply_exact(multiply_exact(limit_usd, self.percent), HUNDREDTH)

    @property
    def written(self) -> str:
        """As people write it: `80%`, `forecast 100%`, `$450`."""
        level = (
            f"{shortest(self.percent)}%" if self.percent is not None else format_usd(self.fixed_usd)
        )
        return level if self.basis is Basis.ACTUAL else f"{self.basis} {level}"


@dataclass(frozen=True, slots=True)
class BurnWindow:
    """Spend so fast in a short and a long window that it must be told within minutes.

    Attributes:
        short, long: lengths of the windows, which end now.
        multiple: of the budget's even pace, which the spend of both must reach.
        written: the windows as people wrote them, `1h+6h`.
    """

    short: timedelta
    long: timedelta
    multiple: Decimal
    written: str

    @property
    def threshold_id(self) -> str:
        """Stable text: `burn:1h+6h`."""
        return f"{Basis.BURN}:{self.written}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One budget.

    Attributes:
        name: what it is called; unique in its file.
        limit_usd: more than zero.
        kind: how long its period is; zone: whose days begin it.
        first_day, end_day: of a `CUSTOM` period, the end not included.
        scope: conditions as a report's `--where`; none is everything.
        thresholds: actual and forecast ones, in the order of the file.
        burns: burn-rate windows.
        channels: names of the channels that are told; none: those of the file.
        is_strict: whether a threshold is reached only above it, rather than at it.
        anomalies: which kinds of findings of the report `anomalies` are told.
        max_staleness: age of the data from which on it is called stale; None is never.
        max_unrated_percent: of predictions without an amount, above which that is told; None never.
        max_episodes: how often a threshold that re-arms may fire in a period.
        line: of the file, from 1.
    """

    name: str
    limit_usd: Decimal
    kind: PeriodKind
    zone: ZoneInfo
    first_day: date | None = None
    end_day: date | None = None
    scope: tuple[Condition, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    burns: tuple[BurnWindow, ...] = ()
    channels: tuple[str, ...] = ()
    is_strict: bool = False
    anomalies: tuple[Kind, ...] = ()
    max_staleness: timedelta | None = None
    max_unrated_percent: Decimal | None = None
    max_episodes: int = 3
    line: int = 0

    @property
    def has_forecast(self) -> bool:
        """Whether a threshold is on forecast spend."""
        return any(one.basis is Basis.FORECAST for one in self.thresholds)

    @property
    def has_unusual_days(self) -> bool:
        """Whether unusual days are told."""
        return any(kind.is_of_days for kind in self.anomalies)

    @property
    def has_changes(self) -> bool:
        """Whether it is told that something changed: a new model, other hardware."""
        return any(not kind.is_of_days for kind in self.anomalies)

    def reaches(self, level_usd: Decimal, threshold_usd: Decimal) -> bool:
        """Whether a level reaches a threshold: from it on, or strictly above it if so set."""
        return level_usd > threshold_usd if self.is_strict else level_usd >= threshold_usd


def describe_scope(conditions: Sequence[Condition]) -> str:
    """A scope as people write it; `all` where it is everything."""
    return " ".join(f"{one.dimension.name}={one.pattern}" for one in conditions) or "all"
