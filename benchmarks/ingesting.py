"""Ingest against DuckDB's own reading of the same file: time and memory, clean, damaged, again.

Rule of this file: each measurement is a process of its own that starts from nothing, the program's
start included, on both sides.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contest import Bound, Outcome, compare_memory, compare_times
from benchmarks.facts import Facts, check_ledger
from benchmarks.generate import GENERATOR, digest_of
from benchmarks.process import (
    BUILD,
    Measured,
    ProcessFailed,
    costing,
    costing_environment,
    interleave,
    measure,
    python,
)

DAMAGED_PER_MILLION = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """A file to take in, with what it holds and where it is put."""

    file: Path
    facts: Facts

    @property
    def home(self) -> Path:
        """Data directory that it is ingested into."""
        return BUILD / f"home-{self.file.stem}"

    def ingest(self) -> Measured:
        """Take the file into an empty ledger."""
        shutil.rmtree(self.home, ignore_errors=True)
        return self._ingest("taken")

    def ingest_again(self) -> Measured:
        """Take the file in once more."""
        return self._ingest("unchanged")

    def read(self) -> Measured:
        """Read the file as DuckDB alone does, as text."""
        return self._read()

    def read_typed(self) -> Measured:
        """Read the file as DuckDB alone does, into the ledger's types."""
        return self._read("--typed")

    def _ingest(self, outcome: str) -> Measured:
        command = costing("ingest", self.file, "--format", "json")
        measured = measure(command, costing_environment(self.home))
        total = json.loads(measured.output)["total"]
        wanted = {outcome: self.facts.records, "rejected": self.facts.damaged}
        if any(total[name] != count for name, count in wanted.items()):
            raise ProcessFailed(command, 0, f"expected {wanted}, found {total}")
        return measured

    def _read(self, *options: str) -> Measured:
        database = BUILD / f"{self.file.stem}.duckdb"
        database.unlink(missing_ok=True)
        command = python("-m", "benchmarks.read_json", self.file, database, *options)
        measured = measure(command)
        if int(measured.output) < self.facts.records:
            raise ProcessFailed(command, 0, f"read {measured.output} of {self.facts.records}")
        return measured


def compare_ingest(count: int, repeats: int) -> list[Outcome]:
    """The rows on ingest, of files of so many lines."""
    clean, damaged = _subject(count, 0), _subject(count, DAMAGED_PER_MILLION)
    for subject in (clean, damaged):
        subject.ingest()
        check_ledger(subject.home, subject.facts)
    clean.ingest_again()
    check_ledger(clean.home, clean.facts)
    ours, again, read, typed, ours_damaged, read_damaged = interleave(
        (
            clean.ingest,
            clean.ingest_again,
            clean.read,
            clean.read_typed,
            damaged.ingest,
            damaged.read,
        ),
        repeats,
    )
    return [
        compare_times(Bound.CLEAN_TIME, ours, read),
        compare_times(Bound.CLEAN_TIME_TYPED, ours, typed),
        compare_memory(Bound.CLEAN_MEMORY, ours, read),
        compare_times(Bound.DAMAGED_TIME, ours_damaged, read_damaged),
        compare_memory(Bound.DAMAGED_MEMORY, ours_damaged, read_damaged),
        compare_times(Bound.AGAIN, again, ours),
    ]


def _subject(count: int, damaged_per_million: int) -> Subject:
    """The file of so many lines, made unless it is there, and counted."""
    file = BUILD / f"lines-{count}-{damaged_per_million}-{digest_of(GENERATOR)}.jsonl"
    if not file.exists():
        options = ("--count", str(count), "--damaged-per-million", str(damaged_per_million))
        measure(python("-m", "benchmarks.generate", file, *options))
    counted = measure(python("-m", "benchmarks.facts", file))
    return Subject(file, Facts(**json.loads(counted.output)))
