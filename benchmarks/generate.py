"""Invented prediction records, as Replicate serves them: the same lines for the same seed.

Rule of this file: a record depends on seed, ordinal and total alone, so that ten files of a tenth
each hold the very records of one file. DuckDB writes the lines while it reads a range: memory does
not grow with their number.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

GENERATOR = Path(__file__).parent / "sql" / "generator"
COMPRESSION_BY_SUFFIX = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which records to invent.

    Attributes:
        count: how many lines.
        seed: another seed, other records.
        first: ordinal of the first record.
        total: how many records the year has; None is as many as are written, from ordinal 0 on.
        damaged_per_million: lines of a million that are cut, no JSON, or wrong in a field.
        unfinished_percent: share of the records that are served while they still run.
    """

    count: int
    seed: int = 1
    first: int = 0
    total: int | None = None
    damaged_per_million: int = 0
    unfinished_percent: int = 0


def generate(path: Path, recipe: Recipe) -> None:
    """Write the records of a recipe as JSON lines, packed as the suffix says: `.gz`, `.zst`.

    The file appears under its name only when it is whole.
    """
    import duckdb

    parameters = asdict(recipe) | {"total": recipe.total or recipe.first + recipe.count}
    compression = COMPRESSION_BY_SUFFIX.get(path.suffix, "none")
    partial = path.with_name(f"{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        # The models are looked up while the records stream by, in their order.
        connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
        for name in ("models", "records"):
            script = (GENERATOR / f"{name}.sql").read_text(encoding="utf-8")
            for statement in connection.extract_statements(script):
                named = {key: parameters[key] for key in statement.named_parameters}
                connection.execute(statement, named)
        # Without quotes and with a delimiter that no line holds, CSV is the text as it stands.
        connection.execute(
            f"copy (select line from record_line) to '{partial}' (format csv, header false, "
            f"quote '', escape '', delimiter '\x01', compression {compression})"
        )
    partial.replace(path)


def digest_of(*folders: Path) -> str:
    """A name for what the SQL files of these folders make; changed files have another name."""
    files = (path for folder in folders for path in sorted(folder.glob("*.sql")))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.generate FILE --count 1000000 --seed 1`."""
    parser = argparse.ArgumentParser(description="Write invented prediction records.")
    parser.add_argument("file", type=Path, help="JSON lines; .gz and .zst are packed")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="ordinal of the first record")
    parser.add_argument("--total", type=int, help="how many records the year has")
    parser.add_argument("--damaged-per-million", type=int, default=0)
    parser.add_argument("--unfinished-percent", type=int, default=0)
    options = vars(parser.parse_args(arguments))
    generate(options.pop("file"), Recipe(**options))


if __name__ == "__main__":
    main()
