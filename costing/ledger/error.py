"""What can go wrong between us and the ledger's file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costing.errors import DataError, LedgerLocked

if TYPE_CHECKING:
    from pathlib import Path

_HOLDER = re.compile(r"held in (?P<program>\S+) \(PID (?P<pid>\d+)\)")


class NoLedger(DataError):
    """Nothing was ever ingested in this data directory."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            "there is no ledger here yet",
            where=str(home),
            help="run `costing ingest FILE`, or choose another data directory with COSTING_HOME",
        )


class LedgerBusy(LedgerLocked):
    """A process that is not ours, for example a database shell, holds the ledger's file."""

    def __init__(self, path: Path, reason: str) -> None:
        found = _HOLDER.search(reason)
        holder = f"process {found['pid']} ({found['program']})" if found else "another program"
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


class LedgerTooNew(DataError):
    """The ledger was written by a newer version of this program."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"the ledger has schema {found}, and this program knows schemas up to {known}",
            where=str(path),
            help="install the version of costing that wrote it, or a newer one",
        )


class StorageFull(DataError):
    """The disk has no room; nothing of what was under way was kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "no space is left on the disk; nothing of this file was taken in",
            where=str(path),
            help="make room and run the same command again",
        )
