"""Deliveries: one message of one alert to one channel, and how far it has come.

    pending ──claim──> leased ──arrived──> delivered
       ^                 │ ├──refused, or too old──> dead
       └──put back───────┘ └──lease ran out: may be claimed again

Rule of this file: a delivery is claimed, and that is committed, before anything is sent. So two
processes never send it at the same time while both are alive and in time, and what a process that
died had claimed becomes free by itself. No delivery is ever deleted, and its key never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from costing.state.instant import from_microseconds, instant_or_none, to_microseconds

if TYPE_CHECKING:
    from sqlite3 import Row

    from costing.state.store import Reader, Transaction, Values

NO_CHANNELS: Final[frozenset[str]] = frozenset()
LONGEST_WAIT: Final = timedelta(hours=72)
"""No message is put off longer than for this, nor a channel left alone."""
NEVER_TOLD: Final = "the channel never heard that it opened"


class Event(StrEnum):
    """What a message tells of an alert."""

    OPENED = "opened"
    CLOSED = "closed"


class DeliveryState(StrEnum):
    """How far a message has come."""

    PENDING = "pending"
    LEASED = "leased"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """What makes a message the one that it is, however often it is sent."""

    alert_id: str
    channel: str
    event: Event

    def __str__(self) -> str:
        """The key as channels send it: no dots, which Standard Webhooks signs as separators.

        >>> str(DeliveryKey("79ADAC98F0F4", "ops", Event.OPENED))
        '79ADAC98F0F4_opened_ops'
        """
        return f"{self.alert_id}_{self.event}_{self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message and how far it has come.

    Attributes:
        number: in the order in which they were written down.
        due_at: of a pending one: not before then; of a leased one: when the lease ends.
        attempt_count: how often it was claimed.
        may_have_arrived: whether an attempt ended without our knowing how.
        finished_at: when it was delivered or given up, None before.
        reason: why the last attempt failed; '' where none did.
        fallback_of: the channel in whose place it was written, None where it is the budget's own.
    """

    number: int
    key: DeliveryKey
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempt_count: int
    may_have_arrived: bool
    finished_at: datetime | None
    reason: str
    fallback_of: str | None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send what was claimed with it, for a while.

    Attributes:
        id: that nobody else ever uses.
        until: from when on others may claim the same.
    """

    id: str
    until: datetime


def add_delivery(
    transaction: Transaction,
    alert_id: str,
    channel: str,
    event: Event,
    now: datetime,
    *,
    fallback_of: str | None = None,
) -> None:
    """Write a message down, to be sent from now on; one that is known already stays as it is."""
    values: Values = {
        "alert_id": alert_id,
        "channel": channel,
        "event": event.value,
        "now": to_microseconds(now),
        "fallback_of": fallback_of,
    }
    transaction.run("add_delivery", values)


def claim(
    transaction: Transaction, channel: str, lease: Lease, now: datetime, *, most_rows: int
) -> Sequence[Row]:
    """Take the oldest messages of a channel that are due, none that somebody else holds.

    Returns:
        Rows with all columns of the message and of its alert. Nothing may be sent before the
        transaction is committed.
    """
    values: Values = {
        "channel": channel,
        "lease": lease.id,
        "until": to_microseconds(lease.until),
        "now": to_microseconds(now),
        "latest": to_microseconds(now + LONGEST_WAIT),
        "most_rows": most_rows,
    }
    if not transaction.run("claim_deliveries", values):
        return ()
    return transaction.fetch("claimed_deliveries", {"channel": channel, "lease": lease.id})


def note_delivered(transaction: Transaction, number: int, now: datetime, remark: str = "") -> None:
    """Write down that a message arrived, whoever may hold it by now."""
    values: Values = {"number": number, "now": to_microseconds(now), "reason": remark}
    transaction.run("deliver", values)


def put_back(
    transaction: Transaction,
    number: int,
    lease: Lease,
    *,
    due_at: datetime,
    reason: str,
    may_have_arrived: bool,
) -> None:
    """Let a message be tried again later, unless somebody else has it by now."""
    values: Values = {
        "number": number,
        "lease": lease.id,
        "due_at": to_microseconds(due_at),
        "reason": reason,
        "may_have_arrived": int(may_have_arrived),
    }
    transaction.run("put_back", values)


def give_up(
    transaction: Transaction,
    number: int,
    key: DeliveryKey,
    lease: Lease,
    *,
    now: datetime,
    reason: str,
) -> bool:
    """Try a message no more; False where somebody else has it by now, who then decides."""
    values: Values = {
        "number": number,
        "lease": lease.id,
        "now": to_microseconds(now),
        "reason": reason,
    }
    is_ours = transaction.run("give_up", values) > 0
    if is_ours and key.event is Event.OPENED:
        _give_up_ending(transaction, key, now)
    return is_ours


def abandon(
    transaction: Transaction, created_through: datetime, now: datetime, reason: str
) -> tuple[DeliveryKey, ...]:
    """Give up all messages that were written down so long ago and that nobody has sent."""
    ages: Values = {
        "now": to_microseconds(now),
        "created_through": to_microseconds(created_through),
    }
    keys = []
    for row in transaction.fetch("abandoned_deliveries", ages):
        values: Values = {"number": row["number"], "now": ages["now"], "reason": reason}
        transaction.run("abandon_delivery", values)
        keys.append(read_key(row))
        if keys[-1].event is Event.OPENED:
            _give_up_ending(transaction, keys[-1], now)
    return tuple(keys)


def hold_channel(transaction: Transaction, channel: str, until: datetime) -> None:
    """Let nobody send anything to a channel before an instant."""
    values: Values = {
        "channel": channel,
        "until": to_microseconds(until),
        "longest": LONGEST_WAIT // timedelta(microseconds=1),
    }
    transaction.run("hold_channel", values)


def held_until(reader: Reader, channel: str, now: datetime) -> datetime | None:
    """The later instant before which nothing may be sent to a channel; None where it may be now.

    An instant further ahead than any wait was set by a clock that ran ahead, and counts no more.
    """
    for row in reader.fetch("channel_hold", {"channel": channel}):
        until = from_microseconds(row["until"])
        return until if now < until <= now + LONGEST_WAIT else None
    return None


def due_channels(reader: Reader, now: datetime) -> tuple[str, ...]:
    """The channels that have something to send now, by name."""
    latest = to_microseconds(now + LONGEST_WAIT)
    rows = reader.fetch("due_channels", {"now": to_microseconds(now), "latest": latest})
    return tuple(row["channel"] for row in rows)


def told_channels(reader: Reader, alert_id: str) -> tuple[str, ...]:
    """The channels that were told that an alert opened, or still will be."""
    return tuple(row["channel"] for row in reader.fetch("told_channels", {"alert_id": alert_id}))


def deliveries_of(reader: Reader, alert_id: str) -> tuple[Delivery, ...]:
    """Every message of an alert, in the order in which they were written down."""
    return tuple(_read(row) for row in reader.fetch("alert_deliveries", {"alert_id": alert_id}))


def count_under_way(reader: Reader) -> int:
    """How many messages are neither delivered nor given up."""
    [row] = reader.fetch("count_under_way")
    return int(row["under_way_count"])


def count_by_holder(reader: Reader, now: datetime) -> Mapping[str, int]:
    """How many messages are neither delivered nor given up, by the lease that holds them.

    Those that nobody holds, or whose lease ran out, are under ''. All are counted at one moment.
    """
    rows = reader.fetch("count_by_holder", {"now": to_microseconds(now)})
    return {row["holder"]: int(row["message_count"]) for row in rows}


def count_unheard(reader: Reader) -> int:
    """How many open alerts reached nobody, since every message of them was given up."""
    [row] = reader.fetch("count_unheard")
    return int(row["alert_count"])


def read_key(row: Row) -> DeliveryKey:
    """The key of the message in a row."""
    return DeliveryKey(row["alert_id"], row["channel"], Event(row["event"]))


def _give_up_ending(transaction: Transaction, key: DeliveryKey, now: datetime) -> None:
    values: Values = {
        "alert_id": key.alert_id,
        "channel": key.channel,
        "now": to_microseconds(now),
        "reason": NEVER_TOLD,
    }
    transaction.run("give_up_endings", values)


def _read(row: Row) -> Delivery:
    return Delivery(
        number=row["number"],
        key=read_key(row),
        state=DeliveryState(row["state"]),
        created_at=from_microseconds(row["created_at"]),
        due_at=from_microseconds(row["due_at"]),
        attempt_count=row["attempt_count"],
        may_have_arrived=bool(row["may_have_arrived"]),
        finished_at=instant_or_none(row["finished_at"]),
        reason=row["reason"],
        fallback_of=row["fallback_of"],
    )
