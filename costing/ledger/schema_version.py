"""The ledger's schema: numbered files, applied in order by whoever first needs them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costing.ledger.error import LedgerForeign, LedgerTooNew, NoLedger
from costing.statement import fetch_count, run_statement, schema_files

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_FOLDER = "ledger/schema"
_OURS = frozenset({"schema_version", "ingest", "prediction"})
"""Tables that every schema of ours has had."""


def newest_schema() -> int:
    """The schema that this version of the program writes."""
    return schema_files(_FOLDER)[-1][0]


def migrate(connection: DuckDBPyConnection, path: Path, now: datetime) -> None:
    """Bring the attached `ledger` to the newest schema, inside the open transaction.

    Args:
        connection: the database to which the ledger is attached.
        path: the ledger's file, for the errors.
        now: recorded as the instant at which the schema was applied.

    Raises:
        LedgerForeign: the file has tables, and they are not ours.
        LedgerTooNew: a newer version of this program wrote it.
    """
    current = _schema(connection, path)
    for number, name in schema_files(_FOLDER):
        if number > current:
            run_statement(connection, _FOLDER, name)
            connection.execute(
                "insert into ledger.schema_version values ($number, $now::timestamp)",
                {"number": number, "now": now.astimezone(UTC).replace(tzinfo=None).isoformat()},
            )


def check_schema(connection: DuckDBPyConnection, path: Path) -> int:
    """The schema of a ledger that is open for reading.

    Raises:
        NoLedger: the file was made, and the first ingest was ended before it committed.
        LedgerForeign: the file has tables, and they are not ours.
        LedgerTooNew: a newer version of this program wrote it.
    """
    current = _schema(connection, path)
    if current == 0:
        raise NoLedger(path.parent)
    return current


def _schema(connection: DuckDBPyConnection, path: Path) -> int:
    """The schema of what is open or attached as `ledger`; 0 where it has no tables at all."""
    tables = _tables(connection)
    if not tables:
        return 0
    found = _newest_applied(connection) if set(tables) >= _OURS else 0
    if found == 0:
        raise LedgerForeign(path, tables)
    if found > newest_schema():
        raise LedgerTooNew(path, found, newest_schema())
    return found


def _tables(connection: DuckDBPyConnection) -> list[str]:
    """Names of the tables of `ledger`; the scratch database that it is attached to has others."""
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'ledger' order by table_name"
    )
    return [name for (name,) in found.fetchall()]


def _newest_applied(connection: DuckDBPyConnection) -> int:
    """The newest schema that `schema_version` tells of; 0 where it is another's table."""
    import duckdb

    try:
        return fetch_count(connection, "select max(version) from ledger.schema_version")
    except duckdb.BinderException:
        return 0
