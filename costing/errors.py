"""Every error that `costing` raises on purpose, and the exit code of each.

    CostingError                    1  something failed
    ├── UsageError                  2  the command or its options make no sense
    │   └── MissingExtra            2  an optional part is not installed
    ├── SettingsError               2  a settings file or variable is wrong
    │   ├── UnknownSetting          2
    │   ├── BadSetting              2
    │   └── SettingsUnreadable      2
    ├── DataError                   3  a file or the ledger is unreadable or incomplete
    │   └── HomeUnusable            3  the data directory cannot be written
    ├── NotFound                    1  what was asked for is not in the ledger
    ├── AuthenticationError         4  a token is missing, wrong, or may not do what was asked
    └── Locked                     75  another process holds what is needed
        └── LedgerLocked           75  it holds the ledger

Leaves that belong to one part (an ingest source, the ledger's schema) may live with that
part; they derive from a branch of this tree and so inherit its exit code. What a person is
told of any exception, ours or not, is decided in `costing.failure`.

Rule of this file: an error carries facts and one next step, in four parts that are always
printed alike (what, where, notes, help), and its class alone decides the exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the process tells its caller. The one table; docs and `--help` are made from it."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DATA = 3
    AUTHENTICATION = 4
    UNDELIVERED = 5
    LOCKED = 75
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line for people: when this code is returned."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "a finding that was asked for, or a failure",
    ExitCode.USAGE: "wrong usage or settings",
    ExitCode.DATA: "data unreadable or incomplete",
    ExitCode.AUTHENTICATION: "authentication failed",
    ExitCode.UNDELIVERED: "alerts remain undelivered",
    ExitCode.LOCKED: "another process held what is needed for longer than we wait",
    ExitCode.INTERRUPTED: "interrupted",
}


class CostingError(Exception):
    """Root of the errors of this package: something failed, and it is known what.

    Attributes:
        what: one sentence without a final dot: what is wrong, with the offending value.
        where: file and line, setting or command it is about; empty when there is no place.
        notes: further facts, one line each.
        help: the next step, usually a command to run; empty when there is none.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        notes: Sequence[str] = (),
        help: str = "",  # noqa: A002 - the word that people read in the message
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.notes = tuple(notes)
        self.help = help


class UsageError(CostingError):
    """The command or its options make no sense together."""


class MissingExtra(UsageError):
    """An optional part of the program is not installed."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(
            f"{part} needs a part that is not installed",
            help=f'run `pip install "replicate-costing[{extra}]"`',
        )


class SettingsError(CostingError):
    """A settings file, a COSTING_* variable or a settings flag is wrong."""


class UnknownSetting(SettingsError):
    """A settings file or variable names a setting that does not exist."""

    def __init__(self, name: str, where: str, near: Sequence[str]) -> None:
        meant = f"did you mean `{near[0]}`? " if near else ""
        super().__init__(
            f'unknown setting "{name}"',
            where=where,
            help=f"{meant}docs/settings.md lists all settings",
        )
        self.name = name


class BadSetting(SettingsError):
    """A setting has a value that it cannot have."""

    def __init__(self, name: str, value: str, where: str, reason: str) -> None:
        super().__init__(
            f'setting "{name}" cannot be {value}: {reason}',
            where=where,
            help="docs/settings.md tells what each setting takes",
        )
        self.name = name


class SettingsUnreadable(SettingsError):
    """A settings file is missing, may not be read, or is not TOML."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        super().__init__(
            f"settings file cannot be read: {reason}",
            where=place(path, line),
            help="mend the file, or write a fresh one elsewhere with `costing init`",
        )
        self.path = path


class DataError(CostingError):
    """A file or the ledger is unreadable, or does not hold what was asked for."""


class HomeUnusable(DataError):
    """The data directory cannot be made or written."""

    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(
            f"data directory cannot be used: {reason}",
            where=str(home),
            help="choose another one with COSTING_HOME or `home` in costing.toml",
        )
        self.home = home


class NotFound(CostingError):
    """What was asked for by name or id is not there."""


class AuthenticationError(CostingError):
    """A token is missing, is refused, or may not do what was asked."""


class Locked(CostingError):
    """Another process holds what is needed, and the caller does not want to wait any longer."""


class LedgerLocked(Locked):
    """Another process holds the ledger.

    Attributes:
        holders: who holds it, as messages name them.
    """

    def __init__(self, holders: Sequence[str], home: Path) -> None:
        who = ", ".join(holders) or "another process"
        super().__init__(
            f"the ledger is in use by {who}",
            where=str(home),
            help="try again later; the setting `lock_wait_seconds` says how long to wait",
        )
        self.holders = tuple(holders)


EXIT_CODES: dict[type[CostingError], ExitCode] = {
    CostingError: ExitCode.FAILED,
    UsageError: ExitCode.USAGE,
    SettingsError: ExitCode.USAGE,
    DataError: ExitCode.DATA,
    AuthenticationError: ExitCode.AUTHENTICATION,
    Locked: ExitCode.LOCKED,
}
"""Exit code of each branch; a class that is not listed has the code of its nearest parent."""


def exit_code_of(kind: type[CostingError]) -> ExitCode:
    """The exit code of an error class, inherited from its nearest listed parent.

    >>> exit_code_of(BadSetting)
    <ExitCode.USAGE: 2>
    """
    return next(EXIT_CODES[parent] for parent in kind.__mro__ if parent in EXIT_CODES)


def place(path: Path | str, line: int | None = None) -> str:
    """A place in a file as every message writes it.

    >>> place("predictions.jsonl", 14)
    'predictions.jsonl, line 14'
    """
    return str(path) if line is None else f"{path}, line {line}"
