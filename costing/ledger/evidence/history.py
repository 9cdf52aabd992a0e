"""The history of deployments: which release was the current one, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from costing.instant import aware
from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.statement import read_statement, run_statement

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.lock import Turn

_FOLDER = "ledger/evidence"


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a deployment and the time in which it was the current one; instants are UTC.

    Attributes:
        deployment: `owner/name`.
        release: its number, from 1.
        model: `owner/name` of the model that it runs; `version` is the model's.
        hardware: SKU as Replicate spells it.
        min_instances: kept on always; `max_instances` is the most.
        starts_at: when it was released.
        ends_at: when it is known to have been replaced, or was found to be gone; None while it is
            the current one.
        first_seen_at: the first look that showed it; `last_seen_at` the last one.
    """

    deployment: str
    release: int
    model: str
    version: str
    hardware: str
    min_instances: int
    max_instances: int
    starts_at: datetime
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
    return [Release(*row[:7], *map(aware, row[7:])) for row in rows]
