"""How a process comes to the ledger: a short connection, alone to write or together to read.

Rule of this file: whoever writes works in a scratch database in memory (which spills to disk) and
attaches the ledger as `ledger` for the length of one transaction; whoever reads opens the file
read-only. Every instant is UTC.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from costing.ledger.error import LedgerBusy, LedgerDamaged, NoLedger, StorageFull
from costing.ledger.schema_version import check_schema, migrate
from costing.ledger.statement import fetch_count, run_statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection, Error

LEDGER_FILE = "ledger.duckdb"

# What DuckDB says when the file is held, the disk is full, or the file is no database of its own.
_BUSY = ("lock on file", "being used by another")
_FULL = ("No space left", "failed to offload", "max_temp_directory_size")
_DAMAGED = ("not a valid DuckDB database", "Corrupt", "newer version of DuckDB")


@contextmanager
def scratch(spill_folder: Path, *, memory_limit: str) -> Iterator[DuckDBPyConnection]:
    """An empty database in memory, for reading sources; beyond `memory_limit` it spills.

    Raises:
        StorageFull: the disk has no room for what spilled.
    """
    import duckdb

    spill_folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:", config={"memory_limit": memory_limit, "temp_directory": str(spill_folder)}
    )
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    except duckdb.Error as error:
        raise storage_error(error, spill_folder) from error
    finally:
        connection.close()
        shutil.rmtree(spill_folder, ignore_errors=True)


@contextmanager
def attached(connection: DuckDBPyConnection, home: Path, *, is_kept: bool = True) -> Iterator[None]:
    """The ledger of `home` as `ledger`, made and brought to today's schema, in one transaction.

    Leaving normally commits; an exception rolls everything back, and so does `is_kept=False`,
    which makes no file where there was none. The caller holds the writers' lock.
    """
    import duckdb

    path = home / LEDGER_FILE
    try:
        if is_kept and not path.exists():
            _make_whole(connection, path)
        place = ":memory:" if not is_kept and not path.exists() else str(path)
        connection.execute(f"attach {quoted(place)} as ledger")
    except duckdb.Error as error:
        raise storage_error(error, path) from error
    try:
        connection.execute("begin")
        migrate(connection)
        run_statement(connection, "ledger/merge", "drop_unfinished")
        yield
        connection.execute("commit" if is_kept else "rollback")
    except BaseException:
        _roll_back(connection)
        raise
    finally:
        _detach(connection)


def _make_whole(connection: DuckDBPyConnection, path: Path) -> None:
    """Make a new ledger, which appears under its name only when its tables are in it.

    DuckDB writes a new file's headers one by one: a file cut between them can never be opened
    again.
    """
    unfinished = path.with_suffix(".new")
    for left in (unfinished, path.with_suffix(".new.wal")):
        left.unlink(missing_ok=True)
    connection.execute(f"attach {quoted(unfinished)} as ledger")
    try:
        migrate(connection)
    finally:
        _detach(connection)
    unfinished.replace(path)


def _hide_unfinished(connection: DuckDBPyConnection) -> None:
    """Hide rows of an ingest that was killed while it committed; the next ingest removes them.

    See `merge/drop_unfinished.sql`. Views of the same names hold what was wholly taken in.
    """
    newest = fetch_count(connection, "select max(ingest_id) from ingest")
    if fetch_count(connection, "select max(ingest_id) from prediction") > newest:
        run_statement(connection, "ledger/views", "known_on", {"instant": "9999-12-31"})


def _roll_back(connection: DuckDBPyConnection) -> None:
    """Undo the open transaction; one that a failed commit has already ended is left alone."""
    import duckdb

    with suppress(duckdb.Error):
        connection.execute("rollback")


def _detach(connection: DuckDBPyConnection) -> None:
    """Let go of the ledger; a connection that an error has closed for good holds nothing."""
    import duckdb

    with suppress(duckdb.Error):
        connection.execute("detach ledger")


@contextmanager
def opened(home: Path) -> Iterator[DuckDBPyConnection]:
    """The ledger of `home`, read-only. The caller holds the readers' lock.

    Raises:
        NoLedger: nothing was ever ingested here.
        LedgerBusy: a process that is not ours holds the file for writing.
        LedgerDamaged: the file is no ledger, or of a newer version.
    """
    import duckdb

    path = home / LEDGER_FILE
    if not path.exists():
        raise NoLedger(home)
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise storage_error(error, path) from error
    try:
        connection.execute("set timezone = 'UTC'")
        check_schema(connection, path)
        _hide_unfinished(connection)
        yield connection
    finally:
        connection.close()


def storage_error(error: Error, path: Path) -> Exception:
    """What a database error means for the person who runs the command."""
    text = str(error)
    if any(sign in text for sign in _BUSY):
        return LedgerBusy(path, text)
    if any(sign in text for sign in _FULL):
        return StorageFull(path)
    if any(sign in text for sign in _DAMAGED):
        return LedgerDamaged(path, text.splitlines()[0])
    return error


def quoted(path: Path | str) -> str:
    """A path as an SQL text literal, for the statements that take no parameter."""
    return "'" + str(path).replace("'", "''") + "'"
