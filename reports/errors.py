"""Every error that `reports` raises on purpose.

    ReportError                what was asked cannot be answered
    ├── UnknownReport          there is no report of that name
    ├── UnknownDimension       there is no such dimension
    ├── DimensionNotHere       the dimension exists, but not in this report
    ├── BadCondition           a condition is not written as dimension=pattern
    ├── ParameterNotHere       the report does not take that parameter
    ├── OpenPeriod             the report needs a period that ends, and begins
    ├── UnknownFormat          there is no output format of that name
    └── BadQuery               a report's own .sql file is wrong: a fault of the program

Rule of this file: an error carries facts and one next step; the caller decides how to show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class ReportError(Exception):
    """Root of the errors of this package.

    Attributes:
        what: one sentence without a final dot: what is wrong, with the offending value.
        help: the next step; empty when there is none.
    """

    def __init__(self, what: str, *, help: str = "") -> None:  # noqa: A002 - named as shown
        super().__init__(what)
        self.what = what
        self.help = help


class UnknownReport(ReportError):
    """There is no report of that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f'no report "{name}"', help=suggest(name, known, "costing report list"))
        self.name = name


class UnknownDimension(ReportError):
    """There is no dimension of that name in the one table of dimensions."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        near = get_close_matches(name, known, n=1) or [f"tag:{name}"]
        help_text = f'did you mean "{near[0]}"? all: {", ".join(known)}'
        super().__init__(f'no dimension "{name}"', help=help_text)
        self.name = name


class DimensionNotHere(ReportError):
    """The dimension exists, but this report cannot be grouped or narrowed by it."""

    def __init__(self, name: str, report: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f'report "{report}" has no dimension "{name}"',
            help=f"choose among {', '.join(allowed)}" if allowed else "it takes no dimension",
        )
        self.name = name


class BadCondition(ReportError):
    """A condition is not written as dimension=pattern."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f'condition "{text}" is not written as dimension=pattern',
            help="write for example model=owner/* or tag:team=search",
        )


class ParameterNotHere(ReportError):
    """The report does not take that parameter."""

    def __init__(self, parameter: str, report: str, taken: Sequence[str]) -> None:
        super().__init__(
            f'report "{report}" takes no "{parameter}"', help=f"it takes {', '.join(taken)}"
        )


class OpenPeriod(ReportError):
    """The report foretells the end of a period, or looks back from its start, and it has none."""

    def __init__(self, report: str) -> None:
        super().__init__(
            f'report "{report}" needs a period with a start and an end',
            help="name a month, or give both `--from` and `--to`",
        )


class UnknownFormat(ReportError):
    """There is no output format of that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f'no format "{name}"', help=suggest(name, known, ", ".join(known)))


class BadQuery(ReportError):
    """A report's own .sql file breaks the rules of its header: a fault of the program."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"reports/queries/{name}.sql, line {line}: {reason}")
        self.line = line


def suggest(name: str, known: Iterable[str], otherwise: str) -> str:
    """The next step after a wrong name: the nearest right one, else where all stand.

    >>> suggest("montly", ["monthly", "models"], "costing report list")
    'did you mean "monthly"? all: costing report list'
    """
    near = get_close_matches(name, list(known), n=1)
    meant = f'did you mean "{near[0]}"? ' if near else ""
    return f"{meant}all: {otherwise}"
