"""The inbox: what arrived and is not in the ledger yet. Any process appends, one at a time folds.

Rule of this file: rows are numbered in the order of their commits, because whoever writes does so
alone. So nobody who has seen a row meets one with a lower number later, and a fold can delete
everything up to the last row that it read: rows that arrive meanwhile stay. The fold reads, merges
into the ledger, commits there, and deletes then; killed in between it repeats, which changes
nothing. Bodies hold facts only, never inputs, outputs or logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from costing.state.instant import from_microseconds, instant_or_none, to_microseconds

if TYPE_CHECKING:
    from sqlite3 import Row

    from costing.state.store import Reader, Transaction, Values

MESSAGES_KEPT = timedelta(days=1)
"""Ids of messages outlive every repeat: Replicate repeats a webhook for a minute, and its signature
is good for five."""

MOST_ROWS = 10_000
"""Rows that are read or deleted at once unless the caller says otherwise: some 10 MB."""


class Origin(Enum):
    """By which way a row arrived."""

    WEBHOOK = "webhook"
    SYNC = "sync"
    API = "api"


class Kind(Enum):
    """What a row's body is."""

    RECORD = "record"
    REJECTED = "rejected"
    DEPLOYMENT = "deployment"
    MODEL = "model"


class Taken(Enum):
    """What became of a row that was to be appended."""

    APPENDED = "appended"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One row to be appended.

    Attributes:
        body: for a record the line that `costing.ingest.stage_row.StageRow.to_json` gives.
        message_id: the sender's id of the message (`webhook-id`), by which a repeat is known; ''
            for what has none.
    """

    origin: Origin
    kind: Kind
    body: bytes
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """One row that is not in the ledger yet.

    Attributes:
        number: its place in the order of arrival, from 1, never used twice.
        received_at: UTC, as the process that appended it read its clock.
    """

    number: int
    received_at: datetime
    origin: Origin
    kind: Kind
    body: bytes


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is not in the ledger yet.

    Attributes:
        row_count: rows in the inbox.
        oldest_at: when the first of them arrived; None where there is none.
    """

    row_count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first rows of the inbox are, without their bodies.

    Attributes:
        last: the highest number among them; 0 where nothing waits.
        last_at: when the last of them arrived; None where nothing waits.
        origins: by which ways they came, each once.
    """

    last: int = 0
    last_at: datetime | None = None
    origins: tuple[Origin, ...] = ()


def append(
    transaction: Transaction, arrivals: Sequence[Arrival], received_at: datetime
) -> tuple[Taken, ...]:
    """Append rows in order; what became of each, once the transaction is committed.

    A message that was taken in before from the same origin is a duplicate, also when it is in the
    ledger already, until `forget_messages` forgets it.
    """
    rows = [_row(arrival, to_microseconds(received_at)) for arrival in arrivals]
    taken = tuple(_remember(transaction, row) for row in rows)
    new = [row for row, became in zip(rows, taken, strict=True) if became is Taken.APPENDED]
    transaction.run_many("append_row", new)
    return taken


def _row(arrival: Arrival, now: int) -> Values:
    return {
        "received_at": now,
        "origin": arrival.origin.value,
        "kind": arrival.kind.value,
        "body": arrival.body,
        "message_id": arrival.message_id,
    }


def _remember(transaction: Transaction, row: Values) -> Taken:
    """Whether the message of a row is new; it is known from now on."""
    is_known = row["message_id"] and not transaction.run("remember_message", row)
    return Taken.DUPLICATE if is_known else Taken.APPENDED


def pending(reader: Reader, *, after: int = 0, most_rows: int = MOST_ROWS) -> tuple[Pending, ...]:
    """The first rows whose number is above `after`, in the order of arrival."""
    return _rows(reader.fetch("pending_rows", {"after": after, "most_rows": most_rows}))


def survey(reader: Reader, *, most_rows: int = MOST_ROWS) -> Survey:
    """What the first rows are, in one query that reads no body."""
    found = reader.fetch("survey_rows", {"most_rows": most_rows})
    if not found:
        return Survey()
    return Survey(
        max(row["last"] for row in found),
        from_microseconds(max(row["last_at"] for row in found)),
        tuple(Origin(row["origin"]) for row in found),
    )


def pending_of(reader: Reader, origin: Origin, *, through: int) -> Iterator[Pending]:
    """The rows that came by one way, up to the number `through`, in the order of arrival."""
    after = 0
    while rows := _rows(reader.fetch("pending_of_origin", _page(origin, after, through))):
        yield from rows
        after = rows[-1].number


def _page(origin: Origin, after: int, through: int) -> Values:
    return {"origin": origin.value, "after": after, "through": through, "most_rows": MOST_ROWS}


def _rows(found: Sequence[Row]) -> tuple[Pending, ...]:
    return tuple(
        Pending(number, from_microseconds(received_at), Origin(origin), Kind(kind), body)
        for number, received_at, origin, kind, body in found
    )


def delete_through(transaction: Transaction, last: int) -> int:
    """Delete every row up to the number `last`, which are in the ledger now; how many it were."""
    return transaction.run("delete_rows", {"last": last})


def measure_backlog(reader: Reader) -> Backlog:
    """How much is not in the ledger yet, and since when."""
    [row] = reader.fetch("backlog")
    return Backlog(row["row_count"], instant_or_none(row["oldest_at"]))


def forget_messages(transaction: Transaction, now: datetime, *, most_rows: int = MOST_ROWS) -> int:
    """Forget ids of messages that are not kept any more; how many, `most_rows` at most."""
    values = {"before": to_microseconds(now - MESSAGES_KEPT), "most_rows": most_rows}
    return transaction.run("forget_messages", values)
