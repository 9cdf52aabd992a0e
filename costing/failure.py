"""What people are told of an exception, from whichever package it comes.

Rule of this file: the one translation of exceptions into what, where, notes, help and an exit
code. The command line prints it; whoever else has to answer people asks here too.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costing.errors import CostingError, ExitCode, exit_code_of
from reports.printable import printable

if TYPE_CHECKING:
    from pricing.error import PricingError


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure in the one shape.

    For example:

    error: no rate for hardware "gpu-x" in book replicate
      --> predictions.jsonl, line 14
      = 3 predictions, 41.2 s are unrated
      help: run `costing prices list`, or map it in hardware.toml
    """

    what: str
    where: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    exit_code: ExitCode = ExitCode.FAILED

    def __str__(self) -> str:
        lines = [f"error: {self.what}"]
        lines += [f"  --> {self.where}"] if self.where else []
        lines += [f"  = {note}" for note in self.notes]
        lines += [f"  help: {self.help}"] if self.help else []
        return "\n".join(map(printable, lines))


def failure_of(error: BaseException) -> Failure:
    """The failure that stands for an exception."""
    from pricing.error import PricingError
    from reports.errors import ReportError

    match error:
        case CostingError():
            code = exit_code_of(type(error))
            return Failure(error.what, error.where, error.notes, error.help, code)
        case PricingError():
            return _pricing_failure(error)
        case ReportError():
            return Failure(error.what, help=error.help, exit_code=ExitCode.USAGE)
        case MemoryError():
            return Failure("out of memory", help="set `memory_limit` lower, or free some memory")
        case OSError():
            return _file_failure(error)
        case _:
            return _fault(error)


def usage_failure(message: str, command: str) -> Failure:
    """The failure for arguments that `command` does not take."""
    what = message.rstrip(".").replace("\n", " ")
    return Failure(
        what[:1].lower() + what[1:],
        where=command,
        help=f"run `{command} --help`",
        exit_code=ExitCode.USAGE,
    )


def _pricing_failure(error: PricingError) -> Failure:
    """An error of `pricing`."""
    from pricing.error import FindingsRefused, MalformedFile

    match error:
        case MalformedFile():
            place = f"{error.path}, {error.where}" if error.where else error.path
            return Failure(error.message, place, help=error.help, exit_code=ExitCode.USAGE)
        case FindingsRefused():
            notes = tuple(map(str, error.findings))
            return Failure(error.what, notes=notes, help=error.help, exit_code=ExitCode.USAGE)
        case _:
            return Failure(error.what, help=error.help, exit_code=ExitCode.USAGE)


def _file_failure(error: OSError) -> Failure:
    """A file or directory that the system refuses."""
    reason = error.strerror or str(error)
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    advice = _ADVICE.get(error.errno or 0, "check the path, and the disk that it is on")
    return Failure(reason[:1].lower() + reason[1:], where, help=advice, exit_code=ExitCode.DATA)


_ADVICE = {
    errno.EACCES: "run as its owner, or let this user read and write it with `chmod`",
    errno.EPERM: "run as its owner, or let this user read and write it with `chmod`",
    errno.ENOENT: "check how the path is spelled, and make the folder if it is missing",
    errno.ENOTDIR: "check how the path is spelled: a part of it is a file, not a folder",
    errno.EISDIR: "name a file: this is a folder",
    errno.ENOSPC: "make room on the disk and run the same command again",
    errno.EDQUOT: "make room on the disk and run the same command again",
    errno.EROFS: "choose a place that may be written",
}
"""What to do about the commonest refusals of the system; see errno(3)."""


def _fault(error: BaseException) -> Failure:
    """An exception that nobody meant to raise: a fault of the program."""
    first_line = (str(error).splitlines() or [""])[0]
    return Failure(
        f"unexpected {type(error).__name__}: {first_line}",
        notes=("this is a fault of the program, not of your input",),
        help="run it again with --debug and report what it prints",
    )
