"""Budgets, levels and a ledger for tests."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from costing.budget.alert import AlertRecord, Basis, Closure
from costing.budget.budget import Budget, BurnWindow, PeriodKind, Threshold
from costing.budget.level import Level
from costing.budget.period import BudgetPeriod, current_period
from reports.forecast import Forecast, Method

if TYPE_CHECKING:
    from pathlib import Path

    from costing.budget.evaluation import Crossing

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def percent(number: int, basis: Basis = Basis.ACTUAL) -> Threshold:
    return Threshold(basis, f"{basis}:{number}pct", percent=Decimal(number))


def make_budget(*thresholds: Threshold, limit: int = 100, **more: object) -> Budget:
    values: dict[str, object] = {
        "name": "search",
        "limit_usd": Decimal(limit),
        "kind": PeriodKind.MONTH,
        "zone": UTC_ZONE,
        "thresholds": thresholds or (percent(80), percent(100)),
        **more,
    }
    return Budget(**values)  # type: ignore[arg-type]


def make_forecast(total: int | Decimal, *, may_alert: bool = True) -> Forecast:
    return Forecast(
        spent=Decimal(0),
        total=Decimal(total),
        low=None,
        high=None,
        probability_above=None,
        method=Method.WEEKDAYS,
        history_days=60,
        coverage=None,
        may_alert=may_alert,
    )


def make_level(
    budget: Budget,
    spent: int | Decimal = 0,
    *,
    now: datetime = NOW,
    period: BudgetPeriod | None = None,
    **more: object,
) -> Level:
    values: dict[str, object] = {
        "budget": budget,
        "period": period or current_period(budget, now),
        "now": now,
        "spent_usd": Decimal(spent),
        "data_as_of": now,
        **more,
    }
    return Level(**values)  # type: ignore[arg-type]


def as_record(crossing: Crossing, closure: Closure | None = None) -> AlertRecord:
    return AlertRecord(
        key=crossing.key, threshold_usd=crossing.reading.threshold_usd, closure=closure
    )


BURN = BurnWindow(timedelta(hours=1), timedelta(hours=6), Decimal(10), "1h+6h")


def write_spend(
    path: Path, spent: list[tuple[datetime, str]], *, first: int = 0, model: str = "acme/face"
) -> Path:
    """Predictions on an A100 that end at an instant and cost an amount: seconds × $0.0014."""
    lines = []
    for number, (instant, amount_usd) in enumerate(spent, start=first):
        seconds = Decimal(amount_usd) / Decimal("0.0014")
        begun = instant - timedelta(seconds=float(seconds))
        record = {
            "id": f"p{number:025d}",
            "model": model,
            "version": "0" * 64,
            "status": "succeeded",
            "hardware": "gpu-a100-large",
            "created_at": begun.isoformat(),
            "started_at": begun.isoformat(),
            "completed_at": instant.isoformat(),
            "metrics": {"predict_time": float(seconds)},
        }
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def day(text: str) -> date:
    return date.fromisoformat(text)
