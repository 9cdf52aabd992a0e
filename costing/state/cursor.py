"""How far a reader of something outside has come, under a name: text that only the reader reads.

Rule of this file: a cursor is set in the transaction that appends what was read up to it, so that
neither is ever durable without the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from costing.state.instant import from_microseconds, instant_or_none, to_microseconds

if TYPE_CHECKING:
    from costing.state.store import Reader, Transaction, Values


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place that was reached.

    Attributes:
        value: whatever the reader needs to go on from there.
        updated_at: when it was set, UTC.
    """

    name: str
    value: str
    updated_at: datetime


def read_cursor(reader: Reader, name: str) -> Cursor | None:
    """The cursor of a name, None where none was ever set."""
    for name_found, value, updated_at in reader.fetch("read_cursor", {"name": name}):
        return Cursor(name_found, value, from_microseconds(updated_at))
    return None


def last_update(reader: Reader, prefix: str) -> datetime | None:
    """When one of the cursors whose names begin with `prefix` was set last; None for never."""
    [row] = reader.fetch("last_cursor", {"prefix": prefix})
    return instant_or_none(row["updated_at"])


def set_cursor(transaction: Transaction, cursor: Cursor) -> None:
    """Set the cursor of a name, in place of the one that was there."""
    values: Values = {
        "name": cursor.name,
        "value": cursor.value,
        "updated_at": to_microseconds(cursor.updated_at),
    }
    transaction.run("set_cursor", values)
