"""What becomes of messages that were sent: delivered, tried again, or given up and told elsewhere.

Rule of this file: it writes in the caller's transaction and sends nothing. A message that is given
up goes to the fallback of its channel in the same transaction, so that it is never lost between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from costing.http.retry import Patience
from costing.notify.channel import Channel, Outcome, Result
from costing.state.alert import find_alert
from costing.state.delivery import (
    DeliveryKey,
    Event,
    Lease,
    add_delivery,
    give_up,
    hold_channel,
    note_delivered,
    put_back,
    read_key,
)
from costing.state.instant import from_microseconds

if TYPE_CHECKING:
    from sqlite3 import Row

    from costing.state.store import Transaction

LONGEST_HOLD_SECONDS: Final = 3_600.0
"""A channel, and a message to it, waits for this long at most, whatever is asked for: what asks for
days may mean an instant, and a message must not be given up for that."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one message.

    Attributes:
        is_dead: whether it is not tried again.
        has_fallback: whether another channel has to tell it instead.
    """

    key: DeliveryKey
    outcome: Outcome
    is_dead: bool = False
    has_fallback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what it is decided what becomes of a message.

    Attributes:
        channels: by name.
        patience: when a message that failed is sent again, and when it is given up.
        draw: a number from [0, 1), evenly drawn.
    """

    channels: Mapping[str, Channel]
    patience: Patience
    draw: Callable[[], float]


def settle(
    transaction: Transaction,
    rows: Sequence[Row],
    lease: Lease,
    outcome: Outcome,
    *,
    now: datetime,
    rules: Rules,
) -> list[Settled]:
    """Write down what came of one message that held all of `rows`."""
    if outcome.asked_seconds and rows:
        seconds = min(outcome.asked_seconds, LONGEST_HOLD_SECONDS)
        hold_channel(transaction, rows[0]["channel"], now + timedelta(seconds=seconds))
    return [_settle_one(transaction, row, lease, outcome, now=now, rules=rules) for row in rows]


def _settle_one(
    transaction: Transaction,
    row: Row,
    lease: Lease,
    outcome: Outcome,
    *,
    now: datetime,
    rules: Rules,
) -> Settled:
    key = read_key(row)
    if outcome.result is Result.DELIVERED:
        note_delivered(transaction, row["number"], now, outcome.reason)
        return Settled(key, outcome)
    wait_seconds = _wait_seconds(row, outcome, now, rules)
    if wait_seconds is not None:
        put_back(
            transaction,
            row["number"],
            lease,
            due_at=now + timedelta(seconds=wait_seconds),
            reason=outcome.reason,
            may_have_arrived=outcome.may_have_arrived,
        )
        return Settled(key, outcome)
    if give_up(transaction, row["number"], key, lease, now=now, reason=outcome.reason):
        has_fallback = tell_fallback(transaction, key, rules.channels, now)
        return Settled(key, outcome, is_dead=True, has_fallback=has_fallback)
    return Settled(key, outcome)


def tell_fallback(
    transaction: Transaction, key: DeliveryKey, channels: Mapping[str, Channel], now: datetime
) -> bool:
    """Write a message down for the fallback of its channel; whether there is one.

    That an alert is over goes nowhere else: the fallback did not hear of its opening. But if it is
    over by now, a fallback that can resolve has to hear both.
    """
    channel = channels.get(key.channel)
    if channel is None or channel.fallback is None or key.event is not Event.OPENED:
        return False
    events = [Event.OPENED]
    fallback = channels.get(channel.fallback)
    is_over = find_alert(transaction, key.alert_id).closed_at is not None
    if is_over and fallback is not None and fallback.sender.can_resolve:
        events.append(Event.CLOSED)
    for event in events:
        add_delivery(
            transaction, key.alert_id, channel.fallback, event, now, fallback_of=key.channel
        )
    return True


def _wait_seconds(row: Row, outcome: Outcome, now: datetime, rules: Rules) -> float | None:
    """How long to wait for the next attempt; None for no further one."""
    if outcome.result is Result.REFUSED:
        return None
    asked_seconds = outcome.asked_seconds
    if asked_seconds is not None:
        asked_seconds = min(asked_seconds, LONGEST_HOLD_SECONDS)
    age_seconds = (now - from_microseconds(row["created_at"])).total_seconds()
    return rules.patience.wait_seconds(
        row["attempt_count"],
        asked_seconds=asked_seconds,
        waited_seconds=age_seconds,
        draw=rules.draw(),
    )
