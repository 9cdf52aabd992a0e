"""What can go wrong between us and the state's file.

CostingError                    1  (costing.errors)
├── TooManyWaiting              1  more waits to be stored than may wait
├── WriterStopped               1  the service is about to end
├── UsageError                  2
│   └── BadToken                2  a token cannot be made as it was asked for
├── DataError                   3
│   ├── StateDamaged            3  the file is no state file, or not a whole one
│   ├── StateTooNew             3  a newer version of this program wrote it
│   ├── StateReplaced           3  the file was moved or deleted while it was open
│   └── StateFull               3  the disk has no room
└── Locked                     75
    └── StateLocked            75  others wrote to it for longer than we wait
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from costing.errors import CostingError, DataError, HomeUnusable, Locked, UsageError

_PRIMARY_CODE = 0xFF
"""The low byte of an extended result code is the primary one: https://sqlite.org/rescode.html."""


class StateDamaged(DataError):
    """The file is not a state file, or not a whole one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            "the state cannot be read",
            where=str(path),
            notes=[reason],
            help="restore it from a backup, or move it away together with its -wal and -shm files: "
            "a new one is made, without the tokens and what was not folded yet",
        )


class StateTooNew(DataError):
    """The state was written by a newer version of this program."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"the state has schema {found}, and this program knows schemas up to {known}",
            where=str(path),
            help="install the version of costing that wrote it, or a newer one",
        )


class StateReplaced(DataError):
    """The file that is open is not in its place any more, so what is written to it is lost."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "the state was moved, deleted or replaced while it was open; nothing of this was kept",
            where=str(path),
            help="put it back, or start the program anew: it opens what is there now",
        )


class StateFull(DataError):
    """The disk has no room; nothing of what was under way was kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "no space is left for the state; nothing of this was taken in",
            where=str(path),
            help="make room and send or run the same again",
        )


class StateLocked(Locked):
    """Other processes wrote to the state's file for longer than we wait.

    Ours write for milliseconds; which process it is SQLite does not tell.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            "the state is in use by a process that does not stop writing to it",
            where=str(path),
            help="try again, or end what holds the file open, such as a database shell",
        )


class TooManyWaiting(CostingError):
    """More is waiting to be stored than may wait; nothing of this was taken in."""

    def __init__(self, most_waiting: int) -> None:
        super().__init__(
            f"{most_waiting} requests are waiting to be stored already",
            help="send the same again in a second",
        )


class WriterStopped(CostingError):
    """The service is about to end and takes nothing in any more."""

    def __init__(self) -> None:
        super().__init__("the service is about to end", help="send the same again in a minute")


class BadToken(UsageError):
    """A token cannot be made as it was asked for."""

    def __init__(self, name: str, reason: str, advice: str) -> None:
        super().__init__(f'no token can be called "{name}": {reason}', help=advice)


def storage_error(error: sqlite3.Error, path: Path) -> Exception:
    """What a database error means for the person who runs the command; a fault of ours stays."""
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE:
        return StateFull(path)
    match primary_code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StateLocked(path)
        case sqlite3.SQLITE_FULL:
            return StateFull(path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StateDamaged(path, str(error))
        case (
            sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_PERM
            | sqlite3.SQLITE_READONLY
        ):
            return HomeUnusable(path.parent, f"{path.name}: {error}")
        case _:
            return error


def primary_code(error: sqlite3.Error) -> int:
    """What kind of error SQLite tells of; 0 for one of the Python module's own."""
    code = getattr(error, "sqlite_errorcode", 0)
    return int(code) & _PRIMARY_CODE
