"""`costing budget test CHANNEL`: one message that says that it is only a trial.

Rule of this file: it goes the way of every alert but for the state, so it says now what the relay
would say later. A channel that can resolve is told at once that the trial is over.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from costing.budget.alert import Alert, AlertKey, Basis, Closure, Severity
from costing.notify.channel import Channel, Notice, Outcome, Result
from costing.state.alert import StoredAlert
from costing.state.delivery import DeliveryKey, Event

SUMMARY: Final = "this is only a trial: messages of costing arrive here"


def send_test(channel: Channel, now: datetime) -> Outcome:
    """Send a trial message, and say what came of it.

    Raises:
        SecretMissing: a secret of the channel cannot be read.
        MissingExtra: the channel needs a part that is not installed.
    """
    key = AlertKey("trial", now.date().isoformat(), Basis.ACTUAL, f"trial:{now.isoformat()}")
    alert = Alert(
        key=key,
        severity=Severity.INFO,
        opened_at=now,
        threshold_usd=None,
        summary=SUMMARY,
        payload=json.dumps({"lines": [f"channel {channel.name}, {channel.kind}"]}),
    )
    outcome = channel.sender.send([_notice(channel, alert, Event.OPENED, now)], now)
    if outcome.result is not Result.DELIVERED or not channel.sender.can_resolve:
        return outcome
    return channel.sender.send([_notice(channel, alert, Event.CLOSED, now)], now)


def _notice(channel: Channel, alert: Alert, event: Event, now: datetime) -> Notice:
    is_over = event is Event.CLOSED
    stored = StoredAlert(alert, now if is_over else None, Closure.ACKNOWLEDGED if is_over else None)
    return Notice(DeliveryKey(alert.alert_id, channel.name, event), stored, now)
