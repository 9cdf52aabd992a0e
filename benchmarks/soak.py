"""Everything at once, for minutes: a service under load, a sync, an ingest, reporters, an analyst.

Rule of this file: real processes in one data directory. In the end every record that was
acknowledged is in the ledger once, no user has seen an error, and nothing waits any more.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.account import Account, account
from benchmarks.crowd import (
    Crowd,
    analyse_again_and_again,
    ask_again_and_again,
    hold,
    ingest_again_and_again,
    memory_bytes,
    report_again_and_again,
    serving,
    sync_and_watch,
    watch_measures,
)
from benchmarks.facts import read_line
from benchmarks.generate import Recipe, generate
from benchmarks.load import Load, Sent, send_webhooks
from benchmarks.presence import check_presence
from benchmarks.process import BUILD, MEBIBYTE, costing, costing_environment, measure

SEED = 3
LINES = 1_000_000
WEBHOOKS_PER_SECOND = 200.0
PREDICTIONS_PER_SECOND = 8
HISTORY = 20_000
FOLD_EVERY = "5s"
SYNC_EVERY = "10s"
INGEST_PAUSE_SECONDS = 60.0
MOST_ANALYST_SECONDS = 60.0
WRITER_BEGINS, WRITER_HOLDS = 0.6, 0.1
"""When somebody holds the ledger read-write, and how long, as parts of the whole time."""

MOST_SHOWN = 20
MONTH = ("--month", "2026-10")


@dataclass(frozen=True, slots=True)
class Soaked:
    """What the soak was: the crowd with its notes, the webhooks, and what is in the ledger."""

    crowd: Crowd
    sent: Sent
    records: int
    memory_bytes: tuple[int, int]

    @property
    def errors(self) -> list[str]:
        """What users saw that is an error."""
        refused = [f"webhooks refused: {count} × {one}" for one, count in self.sent.refused.items()]
        return [*self.crowd.notes.errors, *refused]


def soak(folder: Path, minutes: float, lines: int) -> Soaked:
    """Let everybody work for so long, and look at what is left.

    Raises:
        RecordsAstray: a record was lost or doubled.
    """
    home, file = folder / "home", folder / f"large-{lines}.jsonl"
    shutil.rmtree(home, ignore_errors=True)
    if not file.exists():
        generate(file, Recipe(lines))
    with account(history=HISTORY, per_second=PREDICTIONS_PER_SECOND) as replicate:
        crowd, sent = Crowd(home, replicate.variables), Sent()
        memory = asyncio.run(_work(crowd, sent, file, minutes * 60))
        made = _finish(home, replicate)
    promised = sent.acknowledged | made | _ids_of(file)
    records = check_presence(home, promised, sent.attempted, is_inbox_empty=True)
    return Soaked(crowd, sent, records, memory)


async def _work(crowd: Crowd, sent: Sent, file: Path, seconds: float) -> tuple[int, int]:
    """Everybody at once; the service's memory a tenth after the beginning, and in the end."""
    async with serving(crowd, "--fold-every", FOLD_EVERY) as (port, service):
        async with asyncio.TaskGroup() as everybody:
            for task in (
                send_webhooks(Load(port, "soak", WEBHOOKS_PER_SECOND), sent, crowd.is_over),
                sync_and_watch(crowd, SYNC_EVERY),
                ingest_again_and_again(crowd, file, INGEST_PAUSE_SECONDS),
                report_again_and_again(crowd, "monthly", *MONTH),
                report_again_and_again(crowd, "daily", *MONTH, "--format", "json"),
                ask_again_and_again(crowd, port, "monthly?month=2026-10&by=model"),
                watch_measures(crowd, port),
                _analyse(crowd, seconds),
            ):
                everybody.create_task(task)
            await asyncio.sleep(seconds / 10)
            early = memory_bytes(service.pid)
            await asyncio.sleep(seconds * 9 / 10)
            crowd.is_over.set()
        late = memory_bytes(service.pid)
    if service.returncode != 0:
        crowd.notes.errors.append(f"service: ended with {service.returncode}")
    return early, late


async def _analyse(crowd: Crowd, seconds: float) -> None:
    """The analyst, once there is a ledger, and somebody who holds it read-write for a while."""
    while not (crowd.home / "ledger.duckdb").exists():
        await crowd.pause(0.1)
    most_seconds = min(MOST_ANALYST_SECONDS, seconds / 6)
    async with asyncio.TaskGroup() as both:
        both.create_task(analyse_again_and_again(crowd, Random(SEED), most_seconds))
        await crowd.pause(seconds * WRITER_BEGINS)
        both.create_task(hold(crowd, seconds * WRITER_HOLDS, "--write"))


def _finish(home: Path, replicate: Account) -> set[str]:
    """A last sync, which also folds; the ids of all predictions of the account."""
    made = replicate.end_growth()
    measure(costing("sync"), costing_environment(home) | replicate.variables)
    return made


def _ids_of(file: Path) -> set[str]:
    with file.open("rb") as lines:
        return {found[0] for found in map(read_line, lines) if found is not None}


def _tell(soaked: Soaked) -> None:
    notes = soaked.crowd.notes
    print(f"{soaked.records:,} records are in the ledger, each once: none was lost or doubled.")
    print(
        f"{len(soaked.sent.acknowledged):,} webhooks acknowledged, the slowest after "
        f"{soaked.sent.longest_seconds:.2f} s; what waited was at most "
        f"{notes.oldest_seconds:.0f} s old"
    )
    for what, count in sorted(notes.counts.items()):
        longest = notes.longest_seconds.get(what)
        print(f"{what}: {count}" + (f", at most {longest:.1f} s" if longest is not None else ""))
    early, late = (one / MEBIBYTE for one in soaked.memory_bytes)
    print(f"memory of the service: {early:.0f} MiB early, {late:.0f} MiB in the end")


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m benchmarks.soak --minutes 10`."""
    parser = argparse.ArgumentParser(description="Let everybody work at once for a while.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--lines", type=int, default=LINES)
    options = parser.parse_args(arguments)
    folder = BUILD / "soak"
    folder.mkdir(parents=True, exist_ok=True)
    soaked = soak(folder, options.minutes, options.lines)
    _tell(soaked)
    print(f"{len(soaked.errors)} errors were seen by users")
    print("\n".join(soaked.errors[:MOST_SHOWN]), file=sys.stderr)
    return int(bool(soaked.errors))


if __name__ == "__main__":
    sys.exit(main())
