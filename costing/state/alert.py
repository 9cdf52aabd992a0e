"""Alerts as they are remembered: what was told of a budget, once, and whether it is over.

Rule of this file: an alert and the messages that tell of it are written in the same transaction,
which does no I/O. Whoever finds the same crossing again, even at the same moment, writes nothing:
the key decides, and what the first one wrote stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.budget.alert import (
    Alert,
    AlertKey,
    AlertRecord,
    Basis,
    Closing,
    Closure,
    Severity,
)
from costing.errors import NotFound, UsageError
from costing.state.delivery import (
    NO_CHANNELS,
    Delivery,
    Event,
    add_delivery,
    deliveries_of,
    told_channels,
)
from costing.state.instant import from_microseconds, instant_or_none, to_microseconds

if TYPE_CHECKING:
    from sqlite3 import Row

    from costing.state.store import Reader, Transaction, Values

MOST_ALERTS = 1_000
"""Alerts that a list holds unless the caller says otherwise, the newest first."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an alert that was to be recorded.

    Attributes:
        is_new: False where it was recorded before, so that nobody is told again.
    """

    alert: Alert
    is_new: bool


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert, and whether it is over.

    Attributes:
        closed_at: when it was closed, and closure: why; both None while it is open.
    """

    alert: Alert
    closed_at: datetime | None
    closure: Closure | None


@dataclass(frozen=True, slots=True)
class Told:
    """An alert and every message of it, in the order in which they were written down."""

    stored: StoredAlert
    deliveries: tuple[Delivery, ...]


def record_alerts(
    transaction: Transaction,
    alerts: Iterable[Alert],
    channels: Mapping[str, Sequence[str]],
    now: datetime,
) -> tuple[Recorded, ...]:
    """Record alerts, and for each new one that is to be sent one message a channel.

    Args:
        channels: names of the channels that are told, by budget; a budget that is not there tells
            nobody. An alert about several budgets tells the channels of each, once.
        now: from when on the messages may be sent, UTC.
    """
    return tuple(_record(transaction, one, _told(one, channels), now) for one in alerts)


def alert_records(reader: Reader, period_from: str) -> tuple[AlertRecord, ...]:
    """What an evaluation has to know: every open alert, and all of later periods.

    Args:
        period_from: the first local date on which a period begins whose closed alerts count, too.
    """
    return tuple(
        AlertRecord(
            key=_key(row),
            threshold_usd=_decimal(row["threshold_usd"]),
            closure=_closure(row),
        )
        for row in reader.fetch("alert_records", {"period_from": period_from})
    )


def open_alerts(reader: Reader, budget: str | None = None) -> tuple[StoredAlert, ...]:
    """The alerts that are not over, the newest first."""
    return _list(reader, budget, is_open=True)


def history(
    reader: Reader,
    budget: str | None = None,
    *,
    opened_from: datetime | None = None,
    most_alerts: int = MOST_ALERTS,
) -> tuple[Told, ...]:
    """Alerts with what became of their messages, the newest first.

    Args:
        budget: only those of this one.
        opened_from: only those that opened at this instant or later.
    """
    stored = _list(reader, budget, opened_from=opened_from, most_alerts=most_alerts)
    return tuple(Told(one, deliveries_of(reader, one.alert.alert_id)) for one in stored)


def close_alerts(
    transaction: Transaction,
    closings: Iterable[Closing],
    now: datetime,
    resolving: AbstractSet[str] = NO_CHANNELS,
) -> tuple[str, ...]:
    """Close alerts; the channels that can resolve and were told of them are told of that, too.

    Args:
        resolving: names of the channels that can resolve.

    Returns:
        The ids of those that were open.
    """
    return tuple(
        closing.key.alert_id
        for closing in closings
        if _close(transaction, closing.key.alert_id, closing.closure, now, resolving)
    )


def acknowledge(
    transaction: Transaction,
    written: str,
    now: datetime,
    resolving: AbstractSet[str] = NO_CHANNELS,
) -> StoredAlert:
    """Close the alert that a person has seen; one that is over already stays as it is.

    Args:
        written: its id, or as much of it as no other alert's begins with; in any case.
        resolving: names of the channels that can resolve.

    Raises:
        NotFound: there is no such alert.
        UsageError: several begin so.
    """
    stored = find_alert(transaction, written)
    alert_id = stored.alert.alert_id
    if not _close(transaction, alert_id, Closure.ACKNOWLEDGED, now, resolving):
        return stored
    return StoredAlert(stored.alert, now, Closure.ACKNOWLEDGED)


def find_alert(reader: Reader, written: str) -> StoredAlert:
    """The alert of an id, or of as much of it as no other's begins with; in any case.

    Raises:
        NotFound: there is no such alert.
        UsageError: several begin so.
    """
    prefix = written.strip().upper()
    rows = reader.fetch("find_alert", {"prefix": prefix}) if prefix.isalnum() else []
    exact = [row for row in rows if row["alert_id"] == prefix] or rows
    if not exact:
        raise NotFound(f'no alert has the id "{written}"', help="run `costing budget history`")
    if len(exact) > 1:
        raise UsageError(f'the ids of several alerts begin with "{written}"', help="write it whole")
    return read_stored(exact[0])


def read_stored(row: Row) -> StoredAlert:
    """The alert in a row that has all of its columns."""
    alert = Alert(
        key=_key(row),
        severity=Severity(row["severity"]),
        opened_at=from_microseconds(row["opened_at"]),
        threshold_usd=_decimal(row["threshold_usd"]),
        summary=row["summary"],
        payload=row["payload"],
        is_sent=bool(row["is_sent"]),
    )
    return StoredAlert(alert, instant_or_none(row["closed_at"]), _closure(row))


def _told(alert: Alert, channels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The channels of all budgets that an alert is about, each once."""
    names = alert.about or (alert.key.budget,)
    return tuple(dict.fromkeys(channel for name in names for channel in channels.get(name, ())))


def _record(
    transaction: Transaction, alert: Alert, channels: Sequence[str], now: datetime
) -> Recorded:
    is_new = transaction.run("record_alert", _values(alert)) > 0
    if is_new and alert.is_sent:
        for channel in channels:
            add_delivery(transaction, alert.alert_id, channel, Event.OPENED, now)
    return Recorded(alert, is_new)


def _close(
    transaction: Transaction,
    alert_id: str,
    closure: Closure,
    now: datetime,
    resolving: AbstractSet[str],
) -> bool:
    """Close one alert; whether it was open."""
    values: Values = {
        "alert_id": alert_id,
        "closed_at": to_microseconds(now),
        "closure": closure.value,
    }
    is_closed = transaction.run("close_alert", values) > 0
    if is_closed:
        for channel in told_channels(transaction, alert_id):
            if channel in resolving:
                add_delivery(transaction, alert_id, channel, Event.CLOSED, now)
    return is_closed


def _list(
    reader: Reader,
    budget: str | None,
    *,
    is_open: bool = False,
    opened_from: datetime | None = None,
    most_alerts: int = MOST_ALERTS,
) -> tuple[StoredAlert, ...]:
    values: Values = {
        "budget": budget,
        "opened_from": None if opened_from is None else to_microseconds(opened_from),
        "only_open": int(is_open),
        "most_rows": most_alerts,
    }
    return tuple(read_stored(row) for row in reader.fetch("list_alerts", values))


def _values(alert: Alert) -> Values:
    key = alert.key
    return {
        "alert_id": alert.alert_id,
        "budget": key.budget,
        "period": key.period,
        "basis": key.basis.value,
        "threshold": key.threshold,
        "episode": key.episode,
        "severity": alert.severity.value,
        "opened_at": to_microseconds(alert.opened_at),
        "threshold_usd": None if alert.threshold_usd is None else str(alert.threshold_usd),
        "summary": alert.summary,
        "payload": alert.payload,
        "is_sent": int(alert.is_sent),
    }


def _key(row: Row) -> AlertKey:
    return AlertKey(
        budget=row["budget"],
        period=row["period"],
        basis=Basis(row["basis"]),
        threshold=row["threshold"],
        episode=row["episode"],
    )


def _closure(row: Row) -> Closure | None:
    return None if row["closure"] is None else Closure(row["closure"])


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
