"""A report: one `.sql` file whose header says what it is. The catalogue is the folder.

A header is the run of comment lines at the top, each `-- key: value`, until the first line of SQL:

    title       one phrase                          summary    one sentence
    source      charge | compared | record | used | rejected | conflict: what is read
    period      month | day | all: the period when none is asked
    parameters  names from `reports.parameter`, comma separated
    before      yes: the period before is read too
    essential   columns; a line in which all of them are zero or unknown is left out, not its total
    always      dimensions that stand first, whatever is asked
    by          dimensions when none are asked
    like        another report, whose columns and statement these are too
    derivation  what makes the lines from those of the statement (`reports.derivations`)
    history     days before the period that are read too, up to 3650
    series      dimensions that the statement has for the derivation, and its lines no more
    read        name | unit | making | one sentence: a column of the statement for the derivation
    column      name | unit | making | one sentence
    detail      the same, for columns that only machines are shown

A making is `sum`, `each` or a formula such as `ratio(amount_usd, rated)`. `sum(unrated)` is a sum
that lacks what the column `unrated` counts, and so is shown as the least it can be.

Rule of this file: a report is added by adding its file. Nothing else lists reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from reports.column import Column, Making, Unit
from reports.dimension import Reach, allowed_names
from reports.errors import BadQuery, UnknownReport
from reports.parameter import Parameter

_FORMULA = re.compile(r"(?P<making>[a-z]+)(?:\((?P<operands>[a-z_, ]+)\))?")
_MOST_HISTORY_DAYS = 3650
_REQUIRED = ("title", "summary", "source", "period", "parameters")
_DERIVED = ("derivation", "history", "series")
_SINGLE = (*_REQUIRED, *_DERIVED, "before", "essential", "always", "by", "like")


class Source(StrEnum):
    """What a report reads; decides which dimensions it has and how it is prepared."""

    CHARGE = "charge"
    """Sums of the view `used`, priced by the macro `charged`."""
    COMPARED = "compared"
    """The same, and `used_other` priced by `charged_other`: one history under two price books."""
    RECORD = "record"
    """The view `record`: what was used, whatever it cost."""
    USED = "used"
    """Sums of priced usage, and `record` beside them."""
    REJECTED = "rejected"
    """The table of rows that could not be read."""
    CONFLICT = "conflict"
    """The table of contradicting observations."""

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """The kinds of dimension that this source knows."""
        match self:
            case Source.CHARGE | Source.COMPARED:
                return (Reach.RECORD, Reach.CHARGE, Reach.TIME)
            case Source.RECORD | Source.USED:
                return (Reach.RECORD, Reach.TIME)
            case Source.REJECTED | Source.CONFLICT:
                return ()


class Derivation(StrEnum):
    """What makes a report's lines where SQL cannot; each is a module of `reports.derivations`."""

    FORECAST = "forecast"
    ANOMALIES = "anomalies"


class DefaultPeriod(StrEnum):
    """The period that a report covers when none is asked for."""

    MONTH = "month"
    DAY = "day"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Query:
    """One report as its file describes it.

    Attributes:
        name: the file's name, `unit-costs`.
        sql: the statement, with its placeholders (see `reports.plan`).
        has_before: whether the period before is read too.
        essential: columns; a line in which all of them are zero or unknown is left out.
        always: dimensions that stand first, whatever is asked.
        by: further dimensions when none are asked.
        columns: what follows the dimensions, in order.
        derivation: what makes the lines; None where the statement does.
        history_days: days before the period that are read too.
        series: dimensions of the statement that the lines do not have.
        read: columns of the statement.
    """

    name: str
    title: str
    summary: str
    source: Source
    default_period: DefaultPeriod
    parameters: tuple[Parameter, ...]
    has_before: bool
    essential: tuple[str, ...]
    always: tuple[str, ...]
    by: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str
    derivation: Derivation | None
    history_days: int
    series: tuple[str, ...]
    read: tuple[Column, ...]

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """The kinds of dimension that may be asked for; of a series of days none by calendar."""
        has_series = self.derivation is not None
        return tuple(one for one in self.source.reaches if one is not Reach.TIME or not has_series)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions that may be asked for."""
        return allowed_names(self.reaches)


def list_queries() -> tuple[Query, ...]:
    """Every report, by name."""
    return tuple(find_query(name) for name in query_names())


@cache
def query_names() -> tuple[str, ...]:
    """Names of every report, sorted: what stands in the folder."""
    found = (entry.name for entry in files("reports").joinpath("queries").iterdir())
    return tuple(sorted(name.removesuffix(".sql") for name in found if name.endswith(".sql")))


@cache
def find_query(name: str) -> Query:
    """The report of that name.

    Raises:
        UnknownReport: no file of that name stands in the folder.
    """
    if name not in query_names():
        raise UnknownReport(name, query_names())
    return parse_query(name, _read(name))


def _read(name: str) -> str:
    return files("reports").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")


def parse_query(name: str, text: str) -> Query:
    """A report from its file's text, and the file that it is like.

    Raises:
        BadQuery: the header breaks the rules above.
    """
    single: dict[str, str] = {}
    columns: list[Column] = []
    read: list[Column] = []
    for line, key, value in _header(name, text):
        if key in {"column", "detail"}:
            columns.append(_column(name, line, value, is_detail=key == "detail"))
        elif key == "read":
            read.append(_column(name, line, value, is_detail=True))
        elif key in _SINGLE and key not in single:
            single[key] = value
        else:
            raise BadQuery(name, line, f'unknown or repeated key "{key}"')
    like = find_query(single["like"]) if "like" in single else None
    if like is not None and not columns:
        columns, text = list(like.columns), like.sql
    elif like is not None:
        raise BadQuery(name, 1, "a report that is like another has its columns")
    _check(name, single, columns)
    _check_derivation(name, single, columns, read)
    return Query(
        name=name,
        title=single["title"],
        summary=single["summary"],
        source=Source(single["source"]),
        default_period=DefaultPeriod(single["period"]),
        parameters=tuple(Parameter(part) for part in _split(single["parameters"])),
        has_before=single.get("before") == "yes",
        essential=_split(single.get("essential", "")),
        always=_split(single.get("always", "")),
        by=_split(single.get("by", "")),
        columns=tuple(columns),
        sql=text,
        derivation=Derivation(single["derivation"]) if "derivation" in single else None,
        history_days=int(single.get("history", "0")),
        series=_split(single.get("series", "")),
        read=tuple(read) or tuple(one for one in columns if not one.making.is_derived),
    )


def document(query: Query, given_as: Mapping[str, Sequence[str]]) -> str:
    """The report's section of the documents, as Markdown that ends with a line break.

    Args:
        query: the report.
        given_as: the names by which a caller gives each parameter.
    """
    parts = [
        f"## `{query.name}`",
        f"{query.title}. {query.summary}",
        f"Period when none is asked: {query.default_period}. "
        f"Grouped by: {_listed((*query.always, *query.by))}.",
        _markdown_table(
            ("parameter", "type", "meaning"),
            [
                (_listed(tuple(given_as[item])), item.type, item.meaning)
                for item in query.parameters
            ],
        ),
        _markdown_table(
            ("column", "unit", "meaning"),
            [(f"`{item.name}`", item.unit, _explain(item)) for item in query.columns],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _header(name: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, key and value of each header line."""
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.startswith("--"):
            return
        key, colon, value = content.removeprefix("--").strip().partition(":")
        if not colon or not value.strip():
            raise BadQuery(name, line, 'a header line is written "-- key: value"')
        yield line, key, value.strip()


def _column(name: str, line: int, value: str, *, is_detail: bool) -> Column:
    """A column from `name | unit | making | meaning`."""
    parts = [part.strip() for part in value.split("|")]
    if len(parts) != 4:
        raise BadQuery(name, line, "a column is written name | unit | making | meaning")
    column, unit, made, meaning = parts
    formula = _FORMULA.fullmatch(made)
    if formula is None or formula["making"] not in set(Making) or unit not in set(Unit):
        raise BadQuery(name, line, f'unknown unit or making in "{value}"')
    operands = _split(formula["operands"] or "")
    return Column(column, Unit(unit), Making(formula["making"]), operands, is_detail, meaning)


def _check(name: str, single: dict[str, str], columns: list[Column]) -> None:
    """Refuses a header that lacks a key or has a formula over columns that do not exist."""
    missing = [key for key in _REQUIRED if key not in single]
    if missing:
        raise BadQuery(name, 1, f"the header lacks {', '.join(missing)}")
    _check_words(name, "source", [single["source"]], Source)
    _check_words(name, "period", [single["period"]], DefaultPeriod)
    _check_words(name, "parameter", _split(single["parameters"]), Parameter)
    known = {column.name for column in columns if not column.making.is_derived}
    for column in columns:
        stray = [item for item in column.operands if item not in known]
        if column.making is not Making.MEND and stray:
            raise BadQuery(name, 1, f"{column.name} is made of unknown {', '.join(stray)}")
        known.add(column.name)
    _check_words(name, "column", _split(single.get("essential", "")), known)


def _check_derivation(
    name: str, single: dict[str, str], columns: list[Column], read: list[Column]
) -> None:
    """Refuses half a derivation: columns that nothing makes, or a history that nothing reads."""
    if "derivation" in single:
        _check_words(name, "derivation", [single["derivation"]], Derivation)
        if not read or any(column.making.is_derived for column in columns):
            raise BadQuery(name, 1, "a derivation reads columns, and no column is a formula")
    elif read or any(key in single for key in _DERIVED):
        raise BadQuery(name, 1, f"{', '.join(_DERIVED[1:])} and read are for a derivation")
    days = single.get("history", "0")
    if not days.isdecimal() or int(days) > _MOST_HISTORY_DAYS:
        raise BadQuery(name, 1, f'history is days up to {_MOST_HISTORY_DAYS}, not "{days}"')


def _check_words(name: str, key: str, words: Iterable[str], known: Iterable[str]) -> None:
    """Refuses words that a closed set does not have."""
    for word in words:
        if word not in set(known):
            raise BadQuery(name, 1, f'there is no {key} "{word}"')


def _split(text: str) -> tuple[str, ...]:
    """The parts of a comma list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _listed(names: tuple[str, ...]) -> str:
    """Names as code, or a dash."""
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _explain(column: Column) -> str:
    """A column's sentence, with its formula and whether only machines are shown it."""
    operands = ", ".join(column.operands)
    formula = f" `{column.making}({operands})`." if column.making.is_derived else ""
    least = f" The least it can be where `{operands}` is not 0." if _may_lack(column) else ""
    hidden = " Not in tables for people." if column.is_detail else ""
    return f"{column.meaning}{formula}{least}{hidden}"


def _may_lack(column: Column) -> bool:
    """Whether another column counts what a sum lacks."""
    return column.making is Making.SUM and bool(column.operands)


def _markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
