"""The ledger's schema: numbered files, applied in order by whoever first needs them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from costing.ledger.error import LedgerTooNew, NoLedger
from costing.ledger.statement import fetch_count, run_statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FOLDER = "ledger/schema"


@cache
def schema_files() -> tuple[tuple[int, str], ...]:
    """Number and name of every schema file, oldest first: `((1, "0001_ledger"),)`."""
    names = sorted(Path(entry.name).stem for entry in (files("costing") / _FOLDER).iterdir())
    return tuple((int(name.split("_")[0]), name) for name in names)


def newest_schema() -> int:
    """The schema that this version of the program writes."""
    return schema_files()[-1][0]


def migrate(connection: DuckDBPyConnection) -> None:
    """Bring the attached `ledger` to the newest schema, inside the open transaction."""
    current = _attached_schema(connection)
    if current > newest_schema():
        raise LedgerTooNew(Path("ledger"), current, newest_schema())
    for number, name in schema_files():
        if number > current:
            run_statement(connection, _FOLDER, name)
            connection.execute(
                "insert into ledger.schema_version values ($number, current_timestamp::timestamp)",
                {"number": number},
            )


def check_schema(connection: DuckDBPyConnection, path: Path) -> int:
    """The schema of a ledger that is open for reading.

    Raises:
        NoLedger: the file was made, and the first ingest was ended before it committed.
        LedgerTooNew: a newer version of this program wrote it.
    """
    if not _has_schema_table(connection):
        raise NoLedger(path.parent)
    current = fetch_count(connection, "select max(version) from schema_version")
    if current > newest_schema():
        raise LedgerTooNew(path, current, newest_schema())
    return current


def _attached_schema(connection: DuckDBPyConnection) -> int:
    if not _has_schema_table(connection):
        return 0
    return fetch_count(connection, "select max(version) from ledger.schema_version")


def _has_schema_table(connection: DuckDBPyConnection) -> bool:
    """Whether the database that is open or attached as `ledger` holds our tables."""
    found = fetch_count(
        connection,
        "select count(*) from duckdb_tables() where table_name = 'schema_version'",
    )
    return found > 0
