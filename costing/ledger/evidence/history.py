"""The history of deployments: which release was the current one, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costing.instant import aware
from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.ledger.evidence.look import ReleaseSeen
from costing.statement import read_statement, run_statement

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.lock import Turn

_FOLDER = "ledger/evidence"


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a deployment and the time in which it was the current one; UTC.

    Attributes:
        seen: the release; it was the current one from `seen.released_at` on.
        ends_at: when it is known to have been replaced, or was found to be gone; None while it is
            the current one.
        first_seen_at: the first look that showed it; `last_seen_at` the last one.
    """

    seen: ReleaseSeen
    ends_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime


def read_history(home: Path, turn: Turn) -> list[Release]:
    """Every release that was seen, by deployment, oldest first; none where there is no ledger.

    Raises:
        LedgerLocked: a writer held the ledger longer than the turn allows to wait.
    """
    try:
        with opened(home, turn) as connection:
            return _read(connection)
    except NoLedger:
        return []


def _read(connection: DuckDBPyConnection) -> list[Release]:
    run_statement(connection, _FOLDER, "deployment_release")
    rows = connection.execute(read_statement(_FOLDER, "history")).fetchall()
    return [_release(ReleaseSeen(*row[:8]), *row[8:]) for row in rows]


def _release(
    seen: ReleaseSeen, ends_at: datetime | None, first_seen_at: datetime, last_seen_at: datetime
) -> Release:
    """The release as the ledger holds it: its instants are naive UTC there."""
    seen = replace(seen, released_at=_utc(seen.released_at))
    return Release(seen, aware(ends_at), _utc(first_seen_at), _utc(last_seen_at))


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
