"""How a process comes to the state: it opens the file, which the first one makes.

Rule of this file: a state file appears under its name only when it is whole, in WAL mode and with
its tables, so that any number of processes may open it for the first time at once. Numbered files
in `costing/state/schema` bring an older one up to date, in one transaction; a new table is one more
file. A commit is on the disk when it returns (`synchronous = full`).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from costing.errors import HomeUnusable
from costing.private_folder import make_private
from costing.state.error import StateDamaged, StateTooNew
from costing.state.file import STATE_FILE
from costing.state.store import Store, as_our_errors
from costing.statement import read_statement, schema_files

WAIT_SECONDS = 10.0
"""How long a statement waits for other processes' transactions, which take milliseconds."""

_SCHEMA = "state/schema"
_APPLICATION_ID = 0x63737431
"""Tells our files from other programs' ("cst1"): https://sqlite.org/pragma.html."""

_MODE = 0o600
_WAL_KEPT_BYTES = 64 * 2**20


def open_store(
    home: Path, *, wait_seconds: float = WAIT_SECONDS, is_handed_over: bool = False
) -> Store:
    """The state of `home`, made and brought to today's schema where it needs to be.

    Args:
        wait_seconds: how long to wait at most for other processes' transactions.
        is_handed_over: another thread than the one that opens it will use it.

    Raises:
        HomeUnusable: the directory or the file cannot be made, read or written.
        StateDamaged: the file is no state file, or a broken one.
        StateTooNew: a newer version of this program wrote it.
        StateLocked: another process wrote for longer than `wait_seconds`.
        StateFull: no space is left on the disk.
    """
    path = home / STATE_FILE
    if not path.exists():
        _make_whole(home, path)
    connection = _connect(path, wait_seconds, is_handed_over=is_handed_over)
    try:
        _bring_up_to_date(connection, path)
    except BaseException:
        connection.close()
        raise
    return Store(connection, path, wait_seconds)


def _make_whole(home: Path, path: Path) -> None:
    """Make a new state file aside and give it its name, unless another process was faster."""
    try:
        make_private(home)
        with _alone(home):
            if not path.exists():
                unfinished = path.with_suffix(".new")
                # SQLite would replay what files that are gone left beside their names.
                _remove(unfinished)
                _remove(path)
                _make_aside(unfinished)
                unfinished.replace(path)
    except OSError as error:
        raise HomeUnusable(home, error.strerror or str(error)) from error


def _remove(path: Path) -> None:
    """Remove a database that nobody uses, with the files that belong to it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _make_aside(path: Path) -> None:
    """A whole state file under a name that nobody else uses."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _MODE))
    connection = _connect(path, WAIT_SECONDS)
    try:
        _bring_up_to_date(connection, path)
    finally:
        connection.close()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep others from making the file, too; the kernel ends it with the process."""
    descriptor = os.open(home, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _connect(
    path: Path, wait_seconds: float, *, is_handed_over: bool = False
) -> sqlite3.Connection:
    """A connection with our settings; a file that is not there is not made.

    Another program's file is refused before any setting changes it.
    """
    with as_our_errors(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=wait_seconds,
            isolation_level=None,
            check_same_thread=not is_handed_over,
        )
    try:
        connection.row_factory = sqlite3.Row
        with as_our_errors(path):
            _schema_of(connection, path)
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute("pragma foreign_keys = on")
            connection.execute(f"pragma journal_size_limit = {_WAL_KEPT_BYTES}")
    except BaseException:
        connection.close()
        raise
    return connection


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Run the schema files that are missing, in one transaction."""
    newest = schema_files(_SCHEMA)[-1][0]
    with as_our_errors(path):
        if _schema_of(connection, path) == newest:
            return
        connection.execute("begin immediate")
        try:
            found = _schema_of(connection, path)  # Another process may have been faster.
            if found > newest:
                raise StateTooNew(path, found, newest)
            for number, name in schema_files(_SCHEMA):
                if number > found:
                    _run_script(connection, name)
            connection.execute(f"pragma application_id = {_APPLICATION_ID}")
            connection.execute(f"pragma user_version = {newest}")
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


def _schema_of(connection: sqlite3.Connection, path: Path) -> int:
    """The newest schema file that was run; 0 for an empty file."""
    application = _number(connection, "pragma application_id")
    if application == _APPLICATION_ID:
        return _number(connection, "pragma user_version")
    if application or _number(connection, "select count(*) from sqlite_schema"):
        raise StateDamaged(path, "it is a database of another program")
    return 0


def _number(connection: sqlite3.Connection, query: str) -> int:
    [number] = connection.execute(query).fetchone()
    return int(number)


def _run_script(connection: sqlite3.Connection, name: str) -> None:
    """Run a schema file inside the open transaction, which `executescript` would end."""
    for statement in _statements(read_statement(_SCHEMA, name)):
        connection.execute(statement)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one."""
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
