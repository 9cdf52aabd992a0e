"""What is wrong or questionable about a price file: a value beside the result, no exception."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pricing.rate import Rate
    from pricing.version import BookVersion


class Severity(StrEnum):
    """An error refuses the file; a question asks a person to look again."""

    ERROR = "error"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend or to look at in a price file.

    Attributes:
        severity: whether the file is refused for it.
        path: the file.
        where: the place in it ("line 12, gpu-t4 per second"); empty for the file as a whole.
        message: what is wrong, in one sentence without a full stop.
        help: what to do about it.
        line: line of the file, for sorting; 0 for the file as a whole.
    """

    severity: Severity
    path: str
    where: str
    message: str
    help: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.path}, {self.where}" if self.where else self.path
        return f"{place}: {self.severity}: {self.message}; {self.help}"


def has_error(findings: Iterable[Finding]) -> bool:
    """Tell whether any of the findings refuses its file."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def about_rate(severity: Severity, rate: Rate, message: str, help_text: str) -> Finding:
    """Say something about one rate, at its line."""
    where = f"line {rate.line}, {rate.key}" if rate.line else str(rate.key)
    return Finding(severity, rate.path, where, message, help_text, rate.line)


def about_version(
    severity: Severity, version: BookVersion, message: str, help_text: str
) -> Finding:
    """Say something about a price file as a whole."""
    return Finding(severity, version.path, "", message, help_text)
