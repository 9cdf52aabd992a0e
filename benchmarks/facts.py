"""What a file of invented records holds, counted without the product, and what a ledger holds.

Rule of this file: the file is read by Python's own JSON with exact decimals, so that neither DuckDB
nor the product vouches for itself. What is benchmarked must agree with it to the last digit.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.process import costing_environment, measure, python


@dataclass(frozen=True, slots=True)
class Facts:
    """Sums by which a set of records is told from any that lost or doubled one.

    Attributes:
        records: how many can be read.
        ids: how many different ids they have.
        predict_seconds: sum of their run times, exact, as text.
        damaged: how many lines cannot be read.
    """

    records: int
    ids: int
    predict_seconds: str
    damaged: int

    def __add__(self, other: Facts) -> Facts:
        """The facts of two sets that share no id."""
        seconds = Decimal(self.predict_seconds) + Decimal(other.predict_seconds)
        return Facts(
            self.records + other.records,
            self.ids + other.ids,
            str(seconds),
            self.damaged + other.damaged,
        )


NOTHING = Facts(0, 0, "0.000000000", 0)
"""The facts of no records at all."""


class FactsDiffer(Exception):
    """What was built is not what the files hold."""

    def __init__(self, expected: Facts, found: Facts) -> None:
        super().__init__(f"expected {expected}, found {found}")


def read_line(line: bytes) -> tuple[str, Decimal] | None:
    """Id and run time of a record, None for a line that is none."""
    try:
        record = json.loads(line, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
        seconds = record["metrics"].get("predict_time", Decimal(0))
    except (ValueError, KeyError, TypeError):
        return None
    is_whole = seconds.is_finite() and not isinstance(record["started_at"], dict)
    return (record["id"], seconds) if is_whole else None


def facts_of_lines(lines: Iterable[bytes]) -> Facts:
    """The facts of JSON lines."""
    ids: set[str] = set()
    seconds = Decimal("0E-9")
    records = damaged = 0
    for line in lines:
        found = read_line(line)
        if found is None:
            damaged += 1
            continue
        records += 1
        ids.add(found[0])
        seconds += found[1]
    return Facts(records, len(ids), str(seconds), damaged)


def facts_of_ledger(home: Path) -> Facts:
    """The facts of the ledger of a data directory, as its readers see it.

    One that is absent holds nothing; so does one whose maker was killed before its commit.
    """
    from costing.clock import system_clock
    from costing.ledger.connection import opened
    from costing.ledger.error import NoLedger
    from costing.lock import Turn

    try:
        with opened(home, Turn(clock=system_clock)) as connection:
            row = connection.execute(
                "select count(*), count(distinct id), "
                "coalesce(sum(predict_seconds), 0)::decimal(38, 9)::varchar, "
                "(select count(*) from rejected) from prediction"
            ).fetchone()
    except NoLedger:
        return NOTHING
    if row is None:
        raise ValueError("a sum without a row")
    return Facts(*row)


def check_ledger(home: Path, expected: Facts) -> None:
    """Compare a ledger with what it must hold, in a process of its own.

    Raises:
        FactsDiffer: something was lost, doubled or changed.
    """
    command = python("-m", "benchmarks.facts", home)
    found = Facts(**json.loads(measure(command, costing_environment(home)).output))
    if found != expected:
        raise FactsDiffer(expected, found)


def facts_of_file(path: Path) -> Facts:
    """The facts of an invented file, kept beside it once they were counted."""
    kept = path.with_name(f"{path.name}.facts.json")
    if not kept.exists():
        with path.open("rb") as lines:
            kept.write_text(json.dumps(asdict(facts_of_lines(lines))), encoding="utf-8")
    return Facts(**json.loads(kept.read_text(encoding="utf-8")))


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.facts HOME|FILE`: print the facts as JSON."""
    parser = argparse.ArgumentParser(description="Count what a ledger or a file of records holds.")
    parser.add_argument("path", type=Path, help="data directory, or JSON lines")
    path = parser.parse_args(arguments).path
    facts = facts_of_ledger(path) if path.is_dir() else facts_of_file(path)
    print(json.dumps(asdict(facts)))


if __name__ == "__main__":
    main()
