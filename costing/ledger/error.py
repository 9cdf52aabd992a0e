"""What can go wrong between us and the ledger's file.

CostingError                    1  (costing.errors)
├── MemoryExhausted             1  it needs more memory than it may use
├── DataError                   3
│   ├── NoLedger                3  nothing was ever ingested here
│   ├── LedgerAstray            3  a link in its place leads nowhere
│   ├── LedgerDamaged           3  the file is no ledger that can be read
│   ├── LedgerForeign           3  the file is a database of something else
│   ├── LedgerForbidden         3  the file may not be opened by this user
│   ├── LedgerTooNew            3  a newer version of this program wrote it
│   ├── LedgerOfNewerDuckDB     3  a newer DuckDB wrote it
│   └── StorageFull             3  the disk has no room
└── Locked                     75
    └── LedgerLocked           75
        └── LedgerBusy         75  a process that is not ours has the file open
"""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from costing.errors import CostingError, DataError, LedgerLocked
from reports.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_MOST_COMMAND_CHARACTERS = 200


class NoLedger(DataError):
    """Nothing was ever ingested in this data directory."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            "there is no ledger here yet",
            where=str(home),
            help="run `costing ingest FILE`, or choose another data directory with COSTING_HOME",
        )


class LedgerAstray(DataError):
    """A link stands in the ledger's place, and what it leads to is not there."""

    def __init__(self, path: Path, target: Path) -> None:
        super().__init__(
            f"the ledger is a link to {printable(str(target))}, and nothing is there",
            where=str(path),
            help="mount or restore what it leads to, or remove the link to begin a new ledger",
        )


class LedgerBusy(LedgerLocked):
    """A process that is not ours, for example a database shell, holds the ledger's file."""

    def __init__(self, path: Path, reason: str) -> None:
        found = _HOLDER.search(reason)
        holder = "another program"
        if found:
            command = _command_of(found["pid"]) or found["program"]
            holder = f"process {found['pid']} ({printable(command)})"
        super().__init__([f"{holder}, which has the file open"], path)


class LedgerDamaged(DataError):
    """The file is not a ledger that this version can read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            "the ledger cannot be read",
            where=str(path),
            notes=[reason],
            help="restore it from a backup, or move it away and ingest the records again",
        )


class LedgerForeign(DataError):
    """The file is a DuckDB database, but of something else."""

    def __init__(self, path: Path, tables: Sequence[str]) -> None:
        super().__init__(
            "the file in the ledger's place is a database of something else",
            where=str(path),
            notes=[f"it holds {', '.join(tables)}"],
            help="move it away, or choose another data directory with COSTING_HOME",
        )


class LedgerForbidden(DataError):
    """The file may not be opened by this user."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "no permission to open the ledger",
            where=str(path),
            help="run as its owner, or `chmod u+rw` it; COSTING_HOME names another data directory",
        )


class MemoryExhausted(CostingError):
    """What was under way needs more memory than it may use; nothing of it was kept."""

    def __init__(self, memory_limit: str) -> None:
        allowed = f"`memory_limit` ({memory_limit}) allows" if memory_limit else "there is"
        help_of_ingest = "set `memory_limit` higher, in costing.toml or as COSTING_MEMORY_LIMIT"
        help_of_report = "ask for a shorter period, or set `memory_limit` lower for what else runs"
        super().__init__(
            f"more memory is needed than {allowed}",
            help=help_of_ingest if memory_limit else help_of_report,
        )


class LedgerTooNew(DataError):
    """The ledger was written by a newer version of this program."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"the ledger has schema {found}, and this program knows schemas up to {known}",
            where=str(path),
            help="install the version of costing that wrote it, or a newer one",
        )


class LedgerOfNewerDuckDB(DataError):
    """The ledger's file was written with a newer DuckDB than the installed one; it is whole."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            "a newer DuckDB than the one installed here wrote the ledger, which is not damaged",
            where=str(path),
            notes=[reason],
            help="use the installation of costing that wrote it, or `pip install --upgrade duckdb`",
        )


class StorageFull(DataError):
    """The disk has no room; nothing of what was under way was kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "no space is left on the disk; nothing of what was under way was kept",
            where=str(path),
            help="make room and run the same command again",
        )


def _command_of(pid: str) -> str:
    """What a process runs, up to its first option; empty where the system does not tell.

    Behind options stand secrets, and this is told to callers over HTTP and in the log. See proc(5):
    arguments end with a zero byte each.
    """
    try:
        content = Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        return ""
    words = takewhile(lambda word: word[:1] != "-", content.decode(errors="replace").split("\0"))
    return " ".join(words).strip()[:_MOST_COMMAND_CHARACTERS]
