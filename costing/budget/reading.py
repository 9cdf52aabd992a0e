"""What each threshold of a budget says to a level: reached, fallen off, or neither.

Rule of this file: one function for each basis, without memory. What a reading means for alerts that
were told before is decided in `evaluation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from costing.budget.alert import Basis, Severity
from costing.budget.budget import Threshold
from costing.budget.level import Level
from pricing.money import multiply_exact
from reports.burn import BurnRule, measure_burn

FIRES_AT = Decimal("1.05")
"""A forecast fires from so many times its threshold on, and re-arms below the next: between the two
it does neither. Fewer than one false alert in four, against two in five without."""
REARMS_BELOW = Decimal("0.95")

FIRST_FORECAST_DAY = 3
"""Day of the period from which on a forecast may fire: the first two say too little."""

_HUNDRED = Decimal(100)


class Verdict(Enum):
    """What a threshold says."""

    ON = "on"
    """It is reached."""
    HOLD = "hold"
    """It is not reached, and not so far off that reaching it again would be news."""
    OFF = "off"
    """It is so far off that reaching it again would be news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One threshold at one level.

    Attributes:
        basis: what it is about; threshold_id: which threshold.
        written: the threshold as people write it.
        threshold_usd: its amount; None where it has none.
        level_usd: what is held against it; None likewise.
        episode: a fixed number where the threshold has one a day; None where episodes are counted.
    """

    basis: Basis
    threshold_id: str
    written: str
    verdict: Verdict
    severity: Severity
    threshold_usd: Decimal | None = None
    level_usd: Decimal | None = None
    episode: int | None = None


def read_level(level: Level) -> tuple[Reading, ...]:
    """All thresholds of a budget at one level; of a period that is over, those that still may."""
    return (
        *_actual(level),
        *_forecast(level),
        *_burn(level),
        *_unusual(level),
        *_stale(level),
        *_unrated(level),
    )


def _actual(level: Level) -> Iterator[Reading]:
    """A corrected price never takes back what was told: below a threshold it holds."""
    budget = level.budget
    for one in budget.thresholds:
        if one.basis is Basis.ACTUAL:
            amount_usd = one.amount_usd(budget.limit_usd)
            is_reached = budget.reaches(level.spent_usd, amount_usd)
            yield Reading(
                basis=Basis.ACTUAL,
                threshold_id=one.threshold_id,
                written=one.written,
                verdict=Verdict.ON if is_reached else Verdict.HOLD,
                severity=_severity(amount_usd, budget.limit_usd),
                threshold_usd=amount_usd,
                level_usd=level.spent_usd,
            )


def _severity(amount_usd: Decimal, limit_usd: Decimal) -> Severity:
    return Severity.CRITICAL if amount_usd >= limit_usd else Severity.WARNING


def _forecast(level: Level) -> Iterator[Reading]:
    if level.forecast is None or not level.is_current:
        return
    for one in level.budget.thresholds:
        if one.basis is Basis.FORECAST:
            yield Reading(
                basis=Basis.FORECAST,
                threshold_id=one.threshold_id,
                written=one.written,
                verdict=_forecast_verdict(level, one),
                severity=Severity.WARNING,
                threshold_usd=one.amount_usd(level.budget.limit_usd),
                level_usd=level.forecast.total,
            )


def _forecast_verdict(level: Level, one: Threshold) -> Verdict:
    forecast = level.forecast
    assert forecast is not None
    amount_usd = one.amount_usd(level.budget.limit_usd)
    if forecast.total < multiply_exact(amount_usd, REARMS_BELOW):
        return Verdict.OFF
    first_day = min(FIRST_FORECAST_DAY, level.period.day_count)
    is_ready = forecast.may_alert and level.period.day_number(level.now) >= first_day
    is_reached = level.budget.reaches(forecast.total, multiply_exact(amount_usd, FIRES_AT))
    return Verdict.ON if is_ready and is_reached else Verdict.HOLD


def _burn(level: Level) -> Iterator[Reading]:
    """Both windows must burn, so that neither a blip nor what is long over wakes anybody."""
    if not level.is_current:
        return
    for window in level.budget.burns:
        spent = level.burns.get(window.threshold_id)
        if spent is not None:
            burn = measure_burn(
                spent.short_usd,
                spent.long_usd,
                level.budget.limit_usd,
                level.period.as_period,
                BurnRule(window.short, window.long, window.multiple),
            )
            is_still = burn.short_multiple >= window.multiple
            yield Reading(
                basis=Basis.BURN,
                threshold_id=window.threshold_id,
                written=f"{window.multiple:f}x the even pace in {window.written}",
                verdict=Verdict.ON
                if burn.is_burning
                else Verdict.HOLD
                if is_still
                else Verdict.OFF,
                severity=Severity.CRITICAL,
                level_usd=spent.short_usd,
            )


def _unusual(level: Level) -> Iterator[Reading]:
    for one in level.unusual_days:
        yield Reading(
            basis=Basis.ANOMALY,
            threshold_id=f"{Basis.ANOMALY}:{one.first_day.isoformat()}",
            written=f"unusual spend from {one.first_day.isoformat()}",
            verdict=Verdict.ON,
            severity=Severity.WARNING,
            threshold_usd=None,
            level_usd=one.spent_usd,
        )


def _stale(level: Level) -> Iterator[Reading]:
    """Once a day: the number of the day in the period is the episode."""
    if level.is_current and level.budget.max_staleness is not None:
        yield Reading(
            basis=Basis.STALE,
            threshold_id=Basis.STALE,
            written="stale data",
            verdict=Verdict.ON if level.is_stale else Verdict.OFF,
            severity=Severity.WARNING,
            episode=level.period.day_number(level.now),
        )


def _unrated(level: Level) -> Iterator[Reading]:
    most = level.budget.max_unrated_percent
    if most is None:
        return
    share = Decimal(level.unrated) * _HUNDRED
    is_above = share > multiply_exact(most, Decimal(level.predictions))
    yield Reading(
        basis=Basis.UNRATED,
        threshold_id=Basis.UNRATED,
        written=f"more than {most:f}% unrated",
        verdict=Verdict.ON if is_above else Verdict.OFF,
        severity=Severity.INFO,
    )
