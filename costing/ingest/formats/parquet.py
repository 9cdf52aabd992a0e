"""Parquet, read by DuckDB: nested structs and maps, or columns flattened as in CSV.

Times without a zone count as UTC. Only columns that accounting reads are fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costing.ingest.error import ColumnsUnclear, SourceDamaged
from costing.ingest.formats.flat import build_record, exact_value, is_read, unclear_columns
from costing.ingest.formats.format import Format, Head
from costing.statement import literal_path

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, Expression

    from costing.ingest.source import Source

_TITLE = "Parquet"
_MAGIC = b"PAR1"
_ROWS_A_FETCH = 1000
_VIEW = "row_of_file"


def _recognise(head: Head) -> bool:
    return head.bytes.startswith(_MAGIC)


def _read(source: Source) -> Iterator[tuple[int, object]]:
    import duckdb

    from costing.ledger.connection import connect

    ordinal = 0
    with connect() as connection:
        connection.execute("set threads = 1")
        try:
            names = _read_columns(connection, source)
            found = connection.execute(f"from {_VIEW}")
            while batch := found.fetchmany(_ROWS_A_FETCH):
                for row in batch:
                    ordinal += 1
                    cells = zip(names, map(exact_value, row), strict=True)
                    yield ordinal, build_record(cells)
        except duckdb.Error:
            place = f"after row {ordinal}"
            raise SourceDamaged(source.name, _TITLE, "it does not unpack", place=place) from None


def _read_columns(connection: DuckDBPyConnection, source: Source) -> list[str]:
    """Make a view of the columns that accounting reads, and name them.

    Instants are in UTC, whatever their precision and zone.
    """
    connection.execute("set TimeZone = 'UTC'")
    path = literal_path(source.file)
    if unclear := unclear_columns(_names(connection, path)):
        raise ColumnsUnclear(source.name, _TITLE, unclear)
    table = connection.read_parquet(path)
    columns = [
        _read_column(name, str(kind))
        for name, kind in zip(table.columns, table.types, strict=True)
        if is_read(name)
    ]
    if not columns:
        raise SourceDamaged(source.name, _TITLE, "it has none of the columns of a record")
    view = table.select(*columns)
    view.create_view(_VIEW)
    return view.columns


def _names(connection: DuckDBPyConnection, path: str) -> list[str]:
    """The columns as the file spells them; DuckDB renames those that differ only in capitals."""
    listed = connection.execute("select name, num_children from parquet_schema($1)", [path])
    _, *elements = listed.fetchall()
    names: list[str] = []
    members = 0
    for name, member_count in elements:
        if members == 0:
            names.append(name)
        members = max(members - 1, 0) + (member_count or 0)
    return names


def _read_column(name: str, kind: str) -> Expression:
    """A column as it is read; an instant is cut to microseconds, which a cast rounds in 2.0."""
    from duckdb import ConstantExpression, FunctionExpression, SQLExpression

    # Quoted, since a bare dot would name a member of another column.
    column = SQLExpression('"' + name.replace('"', '""') + '"')
    if kind == "TIMESTAMP_NS":
        microseconds = FunctionExpression("epoch_ns", column) // ConstantExpression(1000)
        return FunctionExpression("make_timestamp", microseconds).alias(name)
    return (column.cast("TIMESTAMP") if kind.startswith("TIMESTAMP") else column).alias(name)


FORMAT = Format("parquet", _TITLE, _recognise, _read, needs_file=True)
