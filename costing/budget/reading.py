"""What each threshold of a budget says to a level: reached, fallen off, or neither.

Rule of this file: one function for each basis, without memory. What a reading means for alerts that
were told before is decided in `evaluation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from costing.budget.alert import Basis, Severity
from costing.budget.budget import Threshold
from costing.budget.level import Level
from pricing.money import format_usd, multiply_exact
from reports.burn import BurnRule, measure_burn

if TYPE_CHECKING:
    from reports.derivations.anomalies import Finding

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
        sentence: of a finding, all that is to be said; '' of a threshold.
        is_change: whether it is about something that changed, rather than an amount or days.
        written: the threshold as people write it.
        threshold_usd: its amount; None where it has none.
        level_usd: what is held against it; None likewise.
    """

    basis: Basis
    threshold_id: str
    written: str
    verdict: Verdict
    severity: Severity
    threshold_usd: Decimal | None = None
    level_usd: Decimal | None = None
    sentence: str = ""
    is_change: bool = False

    @property
    def described(self) -> str:
        """In words with its amount: `80% ($400.00)`, `$450.00`, or the sentence of a finding."""
        amount = format_usd(self.threshold_usd)
        if self.threshold_usd is None or self.written.endswith(amount):
            return self.sentence or self.written
        return f"{self.written} ({amount})"


def read_level(level: Level) -> tuple[Reading, ...]:
    """All thresholds of a budget at one level; of a period that is over, those that still may."""
    return (
        *_actual(level),
        *_forecast(level),
        *_burn(level),
        *_findings(level),
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


def _findings(level: Level) -> Iterator[Reading]:
    """What is found is on; what is no longer found stays told."""
    for one in level.findings:
        is_change = not one.kind.is_of_days
        yield Reading(
            basis=Basis.ANOMALY,
            threshold_id=identify(one),
            written=_name(one),
            sentence=one.sentence,
            verdict=Verdict.ON,
            severity=Severity.INFO if is_change else Severity.WARNING,
            level_usd=one.at_stake_usd,
            is_change=is_change,
        )


def _name(one: Finding) -> str:
    """A finding in a few words: `new model acme/face`, `above usual from 2026-11-19`."""
    if one.kind.is_of_days:
        return f"{one.kind} from {one.first_day}"
    return f"{one.kind} {one.subject.partition(' ')[2]}"


def identify(one: Finding) -> str:
    """Stable text for a finding of a period: days by the first of them, a change by its subject."""
    if one.kind.is_of_days:
        return f"{Basis.ANOMALY}:{one.first_day}"
    return ":".join(filter(None, (Basis.ANOMALY, one.kind, one.subject, one.hardware)))


def _stale(level: Level) -> Iterator[Reading]:
    if level.is_current and level.budget.max_staleness is not None:
        yield Reading(
            basis=Basis.STALE,
            threshold_id=Basis.STALE,
            written="stale data",
            verdict=Verdict.ON if level.is_stale else Verdict.OFF,
            severity=Severity.WARNING,
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
