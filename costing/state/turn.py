"""How writers of the state take turns: in a queue, since SQLite itself has none.

Rule of this file: to begin a transaction one passes a turnstile. Whoever has waited for longer than
`PATIENCE_SECONDS` stays in it until the transaction that is open ends, so that the next one is his;
whoever has not lets others pass. SQLite alone lets whoever asks at the right moment go first, and
those who wait ask ever less often: under load one process waited for six seconds. Taking strict
turns, on the other hand, costs most of the throughput, since each change of turns takes longer than
a commit.

The turnstile is a `flock` on the data directory, which the kernel releases when a process ends
however it ends. It is asked for again and again instead of waited for, because `flock` knows no
time limit, and whoever holds it may be suspended at any moment.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from time import monotonic, sleep

from costing.errors import HomeUnusable
from costing.state.error import StateLocked, primary_code

PATIENCE_SECONDS = 0.005
"""How long one lets others pass: some tens of commits."""

PAUSE_SECONDS = 0.0005
"""Between two attempts of those who let others pass."""

NEXT_PAUSE_SECONDS = 0.00005
"""Between two attempts of the one whose turn is next."""


def begin(connection: sqlite3.Connection, path: Path, wait_seconds: float) -> None:
    """Begin a transaction that writes, in turn with all other processes and threads.

    Raises:
        StateLocked: the turn did not come in time.
        HomeUnusable: the data directory is gone.
    """
    turnstile = _open_folder(path.parent)
    try:
        connection.execute("pragma busy_timeout = 0")
        _wait(connection, turnstile, path, wait_seconds)
    finally:
        os.close(turnstile)
        connection.execute(f"pragma busy_timeout = {round(wait_seconds * 1000)}")


def _wait(connection: sqlite3.Connection, turnstile: int, path: Path, wait_seconds: float) -> None:
    """Attempt to begin until it succeeds; out of patience, from within the turnstile."""
    begun_at = monotonic()
    is_inside = False
    while not ((is_inside := is_inside or _try_lock(turnstile)) and _try_begin(connection)):
        waited_seconds = monotonic() - begun_at
        if waited_seconds >= wait_seconds:
            raise StateLocked(path)
        if is_inside and waited_seconds < PATIENCE_SECONDS:
            fcntl.flock(turnstile, fcntl.LOCK_UN)
            is_inside = False
        sleep(NEXT_PAUSE_SECONDS if is_inside else PAUSE_SECONDS)


def _open_folder(folder: Path) -> int:
    """A new descriptor of a directory, which child processes do not inherit."""
    try:
        return os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise HomeUnusable(folder, error.strerror or str(error)) from error


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_begin(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("begin immediate")
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
