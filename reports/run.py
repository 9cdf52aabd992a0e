"""Running a report: connection + report + asking -> table.

Rule of this file: everything read from the ledger passes here. Charges are summed once into a small
table, which the report's own statement and the completeness of the period both read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from reports.bucket import Slots, make_slots
from reports.column import Cell, Column, Making, Value, dimension_column
from reports.derivations import Asked, find_derivation
from reports.derive import Line, derive_lines, finish_cell
from reports.errors import BadQuery
from reports.parameter import Parameter, Parameters
from reports.plan import Bound, Plan, make_plan, read_part
from reports.query import Query, Source
from reports.table import Completeness, Head, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SIDE = ("used", "used_changing", "steady_term", "term", "charged", "spend")
"""Views, tables and macros that exist once for each price book that is asked."""

Fetched = Value | date | float
"""What DuckDB gives for one value of a statement; a float is a fault of the statement."""


def run(connection: DuckDBPyConnection, query: Query, parameters: Parameters) -> Table:
    """Answer a report.

    Args:
        connection: with the views `used` and `record`, the macro `charged` (to compare also
            `used_other` and `charged_other`), and the tables `rejected` and `conflict`. Temporary
            tables are made on it, nothing else.
        query: the report.
        parameters: what is asked.

    Raises:
        ReportError: it cannot be answered as asked.
    """
    plan = make_plan(query, parameters)
    dates: list[date] = []
    if plan.has_calendar:
        dates = _dates(connection, plan)
        plan = _with_calendar(
            connection, plan, make_slots(dates, parameters.period.zone, has_hours=plan.has_hours)
        )
    completeness = None
    if query.source not in {Source.REJECTED, Source.CONFLICT}:
        _sum_charges(connection, plan)
        completeness = _completeness(connection)
    names, rows = _fetch(connection, plan.statement(query.sql), plan.values)
    lines = _read_lines(plan, names, rows)
    head = _head(query, parameters, completeness)
    if completeness is not None and not completeness.predictions:
        head = replace(head, reach=_reach(connection))
    if query.derivation is None:
        columns = _columns(plan)
        return _build(query, head, columns, *derive_lines(columns, lines))
    derived = find_derivation(query.derivation)(lines, _asked(plan, parameters, dates))
    return _build(query, head, _columns(plan), *derived)


def _columns(plan: Plan) -> tuple[Column, ...]:
    """The columns of the table: what it is grouped by, then the report's own."""
    shown = [item for item in plan.dimensions if item.name not in plan.query.series]
    dimensions = (dimension_column(item.name, item.meaning) for item in shown)
    return (*dimensions, *plan.query.columns)


def _asked(plan: Plan, parameters: Parameters, dates: Sequence[date]) -> Asked:
    """What a derivation needs to know beside the lines."""
    shown = [item.name for item in plan.dimensions if item.name not in plan.query.series]
    return Asked(
        report=plan.query.name,
        period=parameters.period,
        by=tuple(shown),
        until=_lived_until(parameters),
        utc_dates=tuple(dates),
    )


def _lived_until(parameters: Parameters) -> datetime | None:
    """The instant up to which records can be known; None is without end."""
    known = [parameters.until, parameters.data_as_of, parameters.known_on]
    return min((one for one in known if one is not None), default=None)


def _dates(connection: DuckDBPyConnection, plan: Plan) -> list[date]:
    """The UTC dates for which a calendar is needed: those on which something was charged."""
    _, rows = _fetch(connection, read_part("dates"), plan.values)
    return [day for (day,) in rows if isinstance(day, date)]


def _with_calendar(connection: DuckDBPyConnection, plan: Plan, slots: Slots) -> Plan:
    """Fills the table `bucket` and binds how an instant finds its slot."""
    pieces = slots.pieces
    columns = {
        "first_slots": [str(slots.number(piece.starts_at)) for piece in pieces],
        "last_slots": [str(slots.number(piece.ends_at)) for piece in pieces],
        "hours": [piece.hour or "" for piece in pieces],
        "days": [piece.day.isoformat() for piece in pieces],
        "weeks": [piece.day.strftime("%G-W%V") for piece in pieces],
        "months": [piece.day.strftime("%Y-%m") for piece in pieces],
        "years": [piece.day.strftime("%Y") for piece in pieces],
    }
    bound = {name: ",".join(values) for name, values in columns.items()}
    _execute(connection, read_part("bucket"), bound)
    how = {"bucket_origin": slots.origin_microseconds, "bucket_step": slots.step_microseconds}
    return replace(plan, values={**plan.values, **how})


def _sum_charges(connection: DuckDBPyConnection, plan: Plan) -> None:
    """Fills the table `spend`, and `spend_other` where two price books are compared.

    A report that reads only records needs no more of the charges than their completeness.
    """
    whole = {
        "row_dimensions": "0::utinyint as row_0",
        "sum_dimensions": "row_0 as by_0",
        "subject_dimensions": "true",
        "bucket": "",
    }
    more = whole if plan.query.source is Source.RECORD else {}
    names = {name: name for name in _SIDE}
    _sum_side(connection, plan, {**names, **more})
    if plan.query.source is Source.COMPARED:
        _sum_side(connection, plan, {key: f"{name}_other" for key, name in names.items()})


def _sum_side(connection: DuckDBPyConnection, plan: Plan, names: Mapping[str, str]) -> None:
    """Fills the table of one price book."""
    for part in ("summed", "spend"):
        _execute(connection, plan.statement(read_part(part), **names), plan.values)


def _completeness(connection: DuckDBPyConnection) -> Completeness:
    """How much of the period is rated, from the table `spend`."""
    names, rows = _fetch(connection, read_part("completeness"), {})
    facts = dict(zip(names, rows[0], strict=True))
    return Completeness(
        predictions=_whole(facts["predictions"]),
        rated=_whole(facts["rated"]),
        unrated=_whole(facts["unrated"]),
        pending=_whole(facts["pending"]),
        unrated_seconds=_decimal(facts["unrated_seconds"]),
        estimated=_whole(facts["estimated"]),
        estimate_usd=_decimal(facts["estimate_usd"]),
        lower_bounded=_whole(facts["lower_bounded"]),
        lower_bound_usd=_decimal(facts["lower_bound_usd"]),
        without_hardware=_whole(facts["without_hardware"]),
        kept_on_usd=_decimal(facts["kept_on_usd"]),
        kept_on_unrated_seconds=_decimal(facts["kept_on_unrated_seconds"]),
    )


def _reach(connection: DuckDBPyConnection) -> tuple[datetime, datetime] | None:
    """The first and the last charge instant of the ledger; None of no records."""
    _, ((first, last),) = _fetch(connection, read_part("reach"), {})
    if isinstance(first, datetime) and isinstance(last, datetime):
        return first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
    return None


def _head(query: Query, parameters: Parameters, completeness: Completeness | None) -> Head:
    """What the table is about."""
    return Head(
        report=query.name,
        title=query.title,
        period=parameters.period,
        book=parameters.book if Parameter.BOOK in query.parameters else "",
        other_book=parameters.other_book if query.source is Source.COMPARED else "",
        data_as_of=parameters.data_as_of,
        known_on=parameters.known_on,
        prices_known_on=parameters.prices_known_on,
        completeness=completeness,
        waiting=parameters.waiting,
    )


def _read_lines(
    plan: Plan, names: Sequence[str], rows: Sequence[tuple[Fetched, ...]]
) -> list[Line]:
    """The fetched rows as lines, without their formulas."""
    read = plan.query.read
    missing = [column.name for column in read if column.name not in names]
    if missing:
        raise BadQuery(plan.query.name, 1, f"the statement gives no {', '.join(missing)}")
    return [_line(plan, read, dict(zip(names, row, strict=True))) for row in rows]


def _line(plan: Plan, read: Sequence[Column], fetched: Mapping[str, Fetched]) -> Line:
    """One fetched row by column name, each value in the type of its column."""
    line: Line = {}
    for index, dimension in enumerate(plan.dimensions, start=1):
        value = fetched[f"by_{index}"]
        line[dimension.name] = None if value is None else str(value)
    for column in read:
        line[column.name] = _value(column, fetched[column.name])
    return line


def _build(
    query: Query, head: Head, columns: Sequence[Column], lines: Sequence[Line], total: Line
) -> Table:
    """The table: what is essential, quantities written out, the total under them."""
    sums = [column.name for column in columns if column.making is Making.SUM]
    shown = [line for line in lines if _is_essential(query, line)]
    return Table(
        head=head,
        columns=tuple(columns),
        rows=tuple(_cells(columns, line) for line in shown),
        total=_cells(columns, total) if sums else None,
        left_out=sum(
            any(line[name] for name in sums) for line in lines if not _is_essential(query, line)
        ),
    )


def _is_essential(query: Query, line: Line) -> bool:
    """Whether a line has something of what its report is about."""
    return not query.essential or any(line[name] for name in query.essential)


def _cells(columns: Sequence[Column], line: Line) -> tuple[Cell, ...]:
    """A finished line in the order of the columns."""
    return tuple(finish_cell(line[column.name]) for column in columns)


def _value(column: Column, value: Fetched) -> Value:
    """A fetched value in the type of its column."""
    match value:
        case datetime():
            return value.replace(tzinfo=UTC)
        case bool() | date() | float():
            raise TypeError(f"{column.name} cannot be {value!r}")
        case dict() if not all(isinstance(part, Decimal) for part in value.values()):
            raise TypeError(f"{column.name} cannot be {value!r}")
        case int() if column.unit.is_decimal:
            return Decimal(value)
        case _:
            return value


def _whole(value: Fetched) -> int:
    """A count that SQL summed."""
    return int(_decimal(value))


def _decimal(value: Fetched) -> Decimal:
    """A count, an amount or seconds that SQL summed."""
    if isinstance(value, int | Decimal):
        return Decimal(value)
    raise TypeError(f"a sum cannot be {value!r}")


def _execute(connection: DuckDBPyConnection, text: str, values: Mapping[str, Bound]) -> None:
    """Runs one statement with just the parameters that it names."""
    statement = connection.extract_statements(text)[0]
    connection.execute(statement, {name: values[name] for name in statement.named_parameters})


def _fetch(
    connection: DuckDBPyConnection, text: str, values: Mapping[str, Bound]
) -> tuple[list[str], list[tuple[Fetched, ...]]]:
    """Runs one statement and gives the names of its columns and its rows."""
    _execute(connection, text, values)
    names = [str(column[0]) for column in connection.description or []]
    return names, connection.fetchall()
