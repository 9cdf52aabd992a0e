"""The open state file: its statements by name, and its transactions.

Rule of this file: nothing is written outside a transaction, and a transaction takes the writers'
turn at its beginning, so that it never has to be repeated half-way. A function that writes asks for
a `Transaction`, so several of them can be durable together or not at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from costing.closable import Closable
from costing.state.error import StateReplaced, storage_error
from costing.state.turn import begin
from costing.statement import read_statement

Values = Mapping[str, int | str | bytes | None]

_QUERIES = "state/queries"


class Reader:
    """Something that answers questions: the open file, or a transaction in it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def fetch(self, name: str, values: Values | None = None) -> list[sqlite3.Row]:
        """All rows of the statement `costing/state/queries/<name>.sql`, their columns by name."""
        with as_our_errors(self._path):
            return self._connection.execute(read_statement(_QUERIES, name), values or {}).fetchall()


class Transaction(Reader):
    """Everything that is run in it becomes durable together, or nothing does."""

    def run(self, name: str, values: Values) -> int:
        """Run a statement that writes; how many rows it touched."""
        with as_our_errors(self._path):
            return self._connection.execute(read_statement(_QUERIES, name), values).rowcount

    def run_many(self, name: str, rows: Sequence[Values]) -> None:
        """Run a statement that writes once for each of many rows."""
        with as_our_errors(self._path):
            self._connection.executemany(read_statement(_QUERIES, name), rows)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that an exception undoes alone, so that what stands before it can stay."""
        self._connection.execute("savepoint part")
        try:
            yield
        except BaseException:
            if self.is_alive:  # A full disk may have ended the whole transaction already.
                self._connection.execute("rollback to part")
                self._connection.execute("release part")
            raise
        self._connection.execute("release part")

    @property
    def is_alive(self) -> bool:
        """Whether the transaction is still open: SQLite itself ends it after some errors."""
        return self._connection.in_transaction


class Store(Reader, Closable):
    """An open state file, for one thread at a time. `costing.state.connection` opens it."""

    def __init__(self, connection: sqlite3.Connection, path: Path, wait_seconds: float) -> None:
        super().__init__(connection, path)
        self._wait_seconds = wait_seconds
        self._identity = _identity(path)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: durable when it was left normally, undone when by an exception.

        Raises:
            StateLocked: another process wrote for longer than this store waits.
            StateReplaced: the file is not in its place any more.
            StateFull, StateDamaged, HomeUnusable: the file could not be written.
        """
        with as_our_errors(self._path):
            begin(self._connection, self._path, self._wait_seconds)
            try:
                self._check_place()
                yield Transaction(self._connection, self._path)
                self._connection.execute("commit")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _check_place(self) -> None:
        """Write nothing to a file that was moved away or deleted: nobody would ever read it."""
        if _identity(self._path) != self._identity:
            raise StateReplaced(self._path)


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from any other of this machine; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class as_our_errors:  # noqa: N801 - used as a statement; a generator would cost more than a query.
    """What SQLite complains of inside, raised as an error of ours."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, sqlite3.Error):
            raise storage_error(error, self._path) from error
