"""How the ledger is, in a few figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costing.ledger.connection import LEDGER_FILE, opened
from costing.ledger.error import NoLedger
from costing.ledger.schema_version import check_schema
from costing.statement import fetch_count

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.lock import Turn


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """The state of a ledger; all zero where nothing was ever ingested.

    Attributes:
        schema_version: number of the newest schema file that was applied.
        records: predictions and trainings held.
        last_ingest: when the ledger last learned something, aware; None where it never did.
        size_bytes: size of the ledger's file.
    """

    schema_version: int = 0
    records: int = 0
    last_ingest: datetime | None = None
    size_bytes: int = 0


def read_status(home: Path, turn: Turn) -> LedgerStatus:
    """The state of the ledger in `home`."""
    path = home / LEDGER_FILE
    try:
        with opened(home, turn) as connection:
            return _read(connection, path)
    except NoLedger:
        return LedgerStatus()


def _read(connection: DuckDBPyConnection, path: Path) -> LedgerStatus:
    return LedgerStatus(
        schema_version=check_schema(connection, path),
        records=fetch_count(connection, "select count(*) from prediction"),
        last_ingest=last_ingest(connection),
        size_bytes=path.stat().st_size,
    )


def last_ingest(connection: DuckDBPyConnection) -> datetime | None:
    """When an open ledger last learned something, aware; None where it never did.

    A file without a row that could be read taught it nothing; a look through the inbox did, also
    where all was as before.
    """
    row = connection.execute(
        "select max(observed_at) from ingest "
        "where format = 'inbox' or taken + unchanged + updated + conflicted > 0"
    ).fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] is not None else None
