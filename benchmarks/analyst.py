"""Somebody who opens the ledger with DuckDB itself and knows nothing of us.

Rule of this file: it runs in a process of its own and asks for no lock of ours. While the file is
held it tries again, as a person would; it prints one line of JSON when the file is open.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TRY_AGAIN_SECONDS = 0.1
LOOK_EVERY_SECONDS = 1.0
COUNT = "select count(*), count(distinct id) from prediction"


class Doubled(Exception):
    """The ledger shows one id more than once."""


def hold(ledger: Path, seconds: float, *, is_reader: bool) -> None:
    """Open the ledger for so long, and count in it again and again.

    Raises:
        Doubled: an id is there twice.
    """
    begin = monotonic()
    with _open(ledger, is_reader=is_reader) as connection:
        opened_at = monotonic()
        print(json.dumps({"waited_seconds": opened_at - begin}), flush=True)
        while monotonic() - opened_at < seconds:
            [(records, ids)] = connection.execute(COUNT).fetchall()
            if records != ids:
                raise Doubled
            sleep(min(LOOK_EVERY_SECONDS, seconds))


def _open(ledger: Path, *, is_reader: bool) -> DuckDBPyConnection:
    """The ledger, as soon as nobody holds it."""
    import duckdb

    while True:
        try:
            return duckdb.connect(str(ledger), read_only=is_reader)
        except duckdb.IOException:
            sleep(TRY_AGAIN_SECONDS)


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.analyst HOME --seconds 60`."""
    parser = argparse.ArgumentParser(description="Hold the ledger from outside.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--write", action="store_true", help="read-write: nobody else may look")
    options = parser.parse_args(arguments)
    hold(options.home / "ledger.duckdb", options.seconds, is_reader=not options.write)


if __name__ == "__main__":
    main()
