"""Alerts, notices and channels for tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from costing.budget.alert import Alert, AlertKey, Basis, Closure, Severity
from costing.http.bounds import Bounds
from costing.notify.channel import Notice
from costing.notify.secret import SecretPlace
from costing.state.alert import StoredAlert
from costing.state.delivery import DeliveryKey, Event

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
KEY = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0"
PATIENT = Bounds(
    connect_seconds=20, read_seconds=20, write_seconds=20, pool_seconds=20, answer_seconds=20
)
HASTY = Bounds(
    connect_seconds=20, read_seconds=0.5, write_seconds=20, pool_seconds=20, answer_seconds=20
)


class Clock:
    """A clock that goes only when it is told to, or waited with."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.waited: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.advance(seconds=seconds)


def make_key(
    threshold: str = "actual:80pct", *, budget: str = "search", episode: int = 1
) -> AlertKey:
    return AlertKey(budget, "2026-11-01", Basis.ACTUAL, threshold, episode)


def make_alert(
    threshold: str = "actual:80pct",
    *,
    budget: str = "search",
    episode: int = 1,
    summary: str = "budget search: $412.50 of $500.00 (82.5 %)",
    lines: tuple[str, ...] = ("month 2026-11, Europe/Berlin", "data as of 09:25"),
    is_sent: bool = True,
) -> Alert:
    return Alert(
        key=make_key(threshold, budget=budget, episode=episode),
        severity=Severity.WARNING,
        opened_at=NOW,
        threshold_usd=Decimal("400"),
        summary=summary,
        payload=json.dumps({"lines": lines, "spent_usd": "412.50"}),
        is_sent=is_sent,
    )


def make_notice(
    alert: Alert | None = None,
    event: Event = Event.OPENED,
    *,
    channel: str = "ops",
    is_repeat: bool = False,
) -> Notice:
    alert = alert or make_alert()
    is_over = event is Event.CLOSED
    closure = Closure.PERIOD_OVER if is_over else None
    stored = StoredAlert(alert, NOW if is_over else None, closure)
    return Notice(DeliveryKey(alert.alert_id, channel, event), stored, NOW, is_repeat)


def place(text: str) -> SecretPlace:
    """A secret that is there."""
    return SecretPlace(text=text)
