"""Lines keep their numbers although a large file is read by several threads at once.

DuckDB reads 16 MiB at a time: a file must be larger than that to be read in parallel at all.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.facts import read_line
from benchmarks.generate import Recipe, generate
from benchmarks.process import costing, costing_environment, measure


def test_damaged_lines_of_a_large_file_are_rejected_by_their_numbers(tmp_path: Path) -> None:
    file, home = tmp_path / "large.jsonl", tmp_path / "home"
    generate(file, Recipe(100_000, damaged_per_million=500))
    with file.open("rb") as lines:
        damaged = [number for number, line in enumerate(lines, 1) if read_line(line) is None]

    measure(costing("ingest", file), costing_environment(home))

    with duckdb.connect(str(home / "ledger.duckdb"), read_only=True) as ledger:
        rejected = ledger.execute("select line from rejected order by line").fetchall()
    assert [line for (line,) in rejected] == damaged
