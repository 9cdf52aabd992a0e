"""How a process comes to the ledger: a short connection, alone to write or together to read.

Rule of this file: whoever writes works in a scratch database in memory (which spills to disk) and
attaches the ledger as `ledger` for the length of one transaction; whoever reads opens the file
read-only. Every instant is UTC. Connections are made by `connect` alone. Either way our own lock
is taken with the file and given back with it, since both are needed and one without the other
would keep people waiting for nothing; see `costing.lock` and `costing.ledger.stranger`.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from costing.ledger.error import (
    LedgerAstray,
    LedgerBusy,
    LedgerDamaged,
    LedgerForbidden,
    LedgerOfNewerDuckDB,
    MemoryExhausted,
    NoLedger,
    StorageFull,
)
from costing.ledger.schema_version import check_schema, migrate
from costing.ledger.stranger import outlast
from costing.lock import Turn, reading, writing
from costing.statement import fetch_count, run_statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection, Error

LEDGER_FILE = "ledger.duckdb"

# What DuckDB says when the file is held, may not be opened, the disk is full, or the file is no
# database of its own.
_BUSY = ("lock on file", "being used by another")
_FORBIDDEN = ("Permission denied", "Read-only file system", "Operation not permitted")
_FULL = (
    "No space left",
    "Disk quota exceeded",
    "File too large",
    "failed to offload",
    "max_temp_directory_size",
)
_TOO_NEW = "newer version of DuckDB"
_DAMAGED = ("not a valid DuckDB database", "Corrupt", "Could not read enough bytes")


def connect(place: Path | str = ":memory:", *, read_only: bool = False) -> DuckDBPyConnection:
    """A connection in UTC to a file, or to an empty database in memory.

    What DuckDB needs of its extensions is built into it; it shall fetch none from the network, and
    run none that somebody has put into a folder, because a file or a query looks as if it needs it.
    See https://duckdb.org/docs/stable/operations_manual/securing_duckdb/securing_extensions.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(str(place), read_only=read_only, config=config)
    connection.execute("set timezone = 'UTC'")
    return connection


@contextmanager
def scratch(spill_folder: Path, *, memory_limit: str) -> Iterator[DuckDBPyConnection]:
    """An empty database in memory, for reading sources; beyond `memory_limit` it spills.

    Raises:
        StorageFull: the disk has no room for what spilled.
        MemoryExhausted: what cannot spill needs more than `memory_limit`.
    """
    import duckdb

    spill_folder.mkdir(parents=True, exist_ok=True)
    connection = connect()
    try:
        limits = {"memory_limit": memory_limit, "temp_directory": str(spill_folder)}
        for name, value in limits.items():
            connection.execute(f"set {name} = {quoted(value)}")
        yield connection
    except duckdb.Error as error:
        raise storage_error(error, spill_folder, memory_limit) from error
    finally:
        connection.close()
        shutil.rmtree(spill_folder, ignore_errors=True)


@contextmanager
def attached(
    connection: DuckDBPyConnection, home: Path, turn: Turn, *, is_kept: bool = True
) -> Iterator[None]:
    """The ledger of `home` as `ledger`, alone, brought to today's schema, in one transaction.

    Leaving normally commits; an exception rolls everything back, and so does `is_kept=False`,
    which makes no file where there was none.

    Raises:
        LedgerLocked: others held it longer than the turn allows to wait.
        DataError: the file is no ledger, damaged, of a newer version, or may not be written.
    """
    path = home / LEDGER_FILE
    with outlast(turn, partial(_attach_in_turn, connection, path, is_kept)):
        try:
            connection.execute("begin")
            migrate(connection, path, turn.clock())
            run_statement(connection, "ledger/merge", "drop_unfinished")
            yield
            connection.execute("commit" if is_kept else "rollback")
        except BaseException as error:
            _roll_back(connection)
            if told := _writing_error(error, path):
                raise told from error
            raise


@contextmanager
def opened(home: Path, turn: Turn) -> Iterator[DuckDBPyConnection]:
    """The ledger of `home`, read-only, together with other readers.

    Raises:
        NoLedger: nothing was ever ingested here.
        LedgerLocked: a writer held it longer than the turn allows to wait.
        DataError: the file is no ledger, damaged, of a newer version, or may not be read.
    """
    import duckdb

    path = home / LEDGER_FILE
    if not home.exists():
        raise NoLedger(home)
    connections: list[DuckDBPyConnection] = []
    with outlast(turn, partial(_open_in_turn, path, connections)):
        connection = connections[-1]
        try:
            check_schema(connection, path)
            _hide_unfinished(connection)
            yield connection
        except duckdb.Error as error:
            raise storage_error(error, path) from error


def _attach_in_turn(
    connection: DuckDBPyConnection,
    path: Path,
    is_kept: bool,  # noqa: FBT001 - bound by `attached`, which takes it by name
    turn: Turn,
) -> ExitStack:
    """Take the writers' lock and attach the file, or neither."""
    import duckdb

    with ExitStack() as held:
        held.enter_context(writing(path.parent, turn))
        try:
            _check_link(path)
            if is_kept and not path.exists():
                _make_whole(connection, path, turn.clock())
            place = ":memory:" if not is_kept and not path.exists() else str(path)
            connection.execute(f"attach {quoted(place)} as ledger")
        except duckdb.Error as error:
            raise _opening_error(error, path) from error
        held.callback(_detach, connection)
        return held.pop_all()


def _open_in_turn(path: Path, connections: list[DuckDBPyConnection], turn: Turn) -> ExitStack:
    """Take the readers' lock and open the file, or neither; the connection is appended."""
    import duckdb

    with ExitStack() as held:
        held.enter_context(reading(path.parent, turn))
        _check_link(path)
        if not path.exists():
            raise NoLedger(path.parent)
        try:
            connection = connect(path, read_only=True)
        except duckdb.Error as error:
            raise _opening_error(error, path) from error
        held.callback(connection.close)
        connections.append(connection)
        return held.pop_all()


def _make_whole(connection: DuckDBPyConnection, path: Path, now: datetime) -> None:
    """Make a new ledger, which appears under its name only when its tables are in it.

    DuckDB writes a new file's headers one by one: a file cut between them can never be opened
    again.
    """
    unfinished = path.with_suffix(".new")
    for left in (unfinished, path.with_suffix(".new.wal")):
        left.unlink(missing_ok=True)
    connection.execute(f"attach {quoted(unfinished)} as ledger")
    try:
        migrate(connection, path, now)
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


def _check_link(path: Path) -> None:
    """Begin no new ledger in the place of one that is only out of reach.

    Raises:
        LedgerAstray: a link stands there that leads nowhere.
    """
    if path.is_symlink() and not path.exists():
        raise LedgerAstray(path, path.readlink())


def _writing_error(error: BaseException, path: Path) -> Exception | None:
    """What an error means by which the system kept the ledger or its log from being written."""
    text = str(error)
    if str(path) not in text:
        return None
    if any(sign in text for sign in _FORBIDDEN):
        return LedgerForbidden(path)
    return StorageFull(path) if any(sign in text for sign in _FULL) else None


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


def storage_error(error: Error, path: Path, memory_limit: str = "") -> Exception:
    """What a database error means for the person who runs the command.

    Args:
        error: what DuckDB raised.
        path: the ledger's file, or the folder of what spills.
        memory_limit: the setting, where it was in force; '' for all that the machine has.
    """
    import duckdb

    text = str(error)
    if any(sign in text for sign in _BUSY):
        return LedgerBusy(path, text)
    if any(sign in text for sign in _FULL):
        return StorageFull(path)
    if isinstance(error, duckdb.OutOfMemoryException):
        return MemoryExhausted(memory_limit)
    if _TOO_NEW in text:
        return LedgerOfNewerDuckDB(path, text.splitlines()[0])
    if any(sign in text for sign in _DAMAGED):
        return LedgerDamaged(path, text.splitlines()[0])
    return error


def _opening_error(error: Error, path: Path) -> Exception:
    """The same for an error at opening the file, when all else must be the file's fault."""
    import duckdb

    told, text = storage_error(error, path), str(error)
    if told is not error or isinstance(error, duckdb.ProgrammingError):
        return told
    if any(sign in text for sign in _FORBIDDEN):
        return LedgerForbidden(path)
    return LedgerDamaged(path, text.splitlines()[0])


def quoted(path: Path | str) -> str:
    """A path as an SQL text literal, for the statements that take no parameter."""
    return "'" + str(path).replace("'", "''") + "'"
