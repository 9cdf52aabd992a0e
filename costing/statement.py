"""SQL by name: the statements that stand in .sql files are read here, and nowhere else.

Rule of this file: what decides anything about records, prices or charges stands in a .sql file,
whole, and is called by its name. Beside the code stand only small ones: transactions, pragmas, what
tables there are, a count, or the rows of a table as they are.
"""

from __future__ import annotations

import glob
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    Parameters = Mapping[str, str | int | bool | list[str] | list[int] | dict[str, str] | None]


@cache
def read_statement(folder: str, name: str) -> str:
    """Text of `costing/<folder>/<name>.sql`, the folder written as `ledger/merge`."""
    return (files("costing") / folder / f"{name}.sql").read_text(encoding="utf-8")


@cache
def schema_files(folder: str) -> tuple[tuple[int, str], ...]:
    """Number and name of every schema file of a folder, oldest first: `((1, "0001_ledger"),)`."""
    names = sorted(Path(entry.name).stem for entry in (files("costing") / folder).iterdir())
    return tuple((int(name.split("_")[0]), name) for name in names)


def run_statement(
    connection: DuckDBPyConnection,
    folder: str,
    name: str,
    parameters: Parameters | None = None,
    tables: Mapping[str, str] | None = None,
) -> None:
    """Run every statement of a file in order; each receives just the parameters that it names.

    Args:
        connection: where they run.
        folder: as in `read_statement`.
        name: likewise.
        parameters: values to bind.
        tables: text by placeholder, for a view, which can bind nothing: `{term}` in the file
            stands for a table or a reader of one. It must come from this program.
    """
    given = parameters or {}
    text = read_statement(folder, name)
    for placeholder, table in (tables or {}).items():
        text = text.replace(f"{{{placeholder}}}", table)
    for statement in connection.extract_statements(text):
        connection.execute(statement, {key: given[key] for key in statement.named_parameters})


def literal_path(path: Path | str) -> str:
    """A path for DuckDB's file readers, which would take `*`, `?` and `[` for patterns.

    >>> literal_path("exports/[2026].jsonl")
    'exports/[[]2026].jsonl'
    """
    return glob.escape(str(path))


def fetch_count(connection: DuckDBPyConnection, query: str) -> int:
    """The single whole number that a query answers with; 0 where it answers nothing."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
