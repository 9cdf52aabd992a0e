"""The reference of an ingest: DuckDB's own `read_json` into an on-disk database, nothing checked.

Rule of this file: the columns are those that the product's fast lane reads, taken from its
statement. `text` reads them as it does; `typed` lets DuckDB cast them into the types in which a
ledger keeps them, which is the harder one to keep up with.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.process import ROOT

STATEMENT = ROOT / "costing" / "ingest" / "stage" / "read_clean_lines.sql"
TYPES = {
    "created_at": "TIMESTAMP",
    "started_at": "TIMESTAMP",
    "completed_at": "TIMESTAMP",
    "data_removed": "BOOLEAN",
    "metrics": "MAP(VARCHAR, DECIMAL(18, 9))",
}
_COLUMN = re.compile(r"(\w+): '([^']+)'")


def columns(*, is_typed: bool) -> dict[str, str]:
    """Column and type of everything that the fast lane reads of a line."""
    listed = re.search(r"columns = \{(.*?)\n\s*\}", STATEMENT.read_text(encoding="utf-8"), re.S)
    if listed is None:
        raise ValueError(f"{STATEMENT} lists no columns")
    found = dict(_COLUMN.findall(listed[1]))
    return found | {name: TYPES[name] for name in TYPES if is_typed}


def read_file(path: Path, database: Path, *, is_typed: bool) -> int:
    """Read JSON lines into a new table of a new database, and count its rows that hold an id."""
    import duckdb

    listed = ", ".join(f"{name}: '{kind}'" for name, kind in columns(is_typed=is_typed).items())
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            f"create table line as from read_json('{path}', format = 'newline_delimited', "
            f"ignore_errors = true, columns = {{{listed}}})"
        )
        row = connection.execute("select count(id) from line").fetchone()
    if row is None:
        raise ValueError("a count without a row")
    return int(row[0])


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.read_json FILE DATABASE [--typed]`: print how many rows came in."""
    parser = argparse.ArgumentParser(description="Read JSON lines as DuckDB alone does.")
    parser.add_argument("file", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("--typed", action="store_true")
    options = parser.parse_args(arguments)
    print(read_file(options.file, options.database, is_typed=options.typed))


if __name__ == "__main__":
    main()
