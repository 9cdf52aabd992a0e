"""Ingests killed at random moments: a file is in the ledger wholly or not at all.

Rule of this file: SIGKILL, so that nothing can be tidied up; after every kill the ledger is opened
and compared with what the files hold, and the next run must finish the file. The second file
brings later observations of half of the first one's records, so that updates are killed, too.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter

from benchmarks.facts import NOTHING, Facts, FactsDiffer, facts_of_ledger, facts_of_lines
from benchmarks.generate import Recipe, generate
from benchmarks.process import BUILD, ROOT, costing, costing_environment, measure

LINES = 200_000
SEED = 20
MOST_KILLS_A_FILE = 4
UNFINISHED_PERCENT = 30


@dataclass(frozen=True, slots=True)
class Step:
    """One file on its way into the ledger.

    Attributes:
        file: what is ingested.
        before: what the ledger holds without it.
        after: what it holds with it.
    """

    file: Path
    before: Facts
    after: Facts


@dataclass(slots=True)
class Tally:
    """What became of the files of the killed processes.

    Attributes:
        absent: kills after which nothing of the file was in the ledger.
        present: kills after which all of it was, since they came after the commit.
        unharmed: processes that had ended before the kill came.
    """

    absent: int = 0
    present: int = 0
    unharmed: int = 0
    moments_seconds: list[float] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Processes that were killed indeed."""
        return self.absent + self.present


def make_steps(folder: Path, lines: int) -> tuple[Step, Step]:
    """Two files: records of which some still run, and the later half of them again, with more."""
    early, late = folder / "early.jsonl", folder / "late.jsonl"
    half = lines // 2
    total = lines + half
    generate(early, Recipe(lines, total=total, unfinished_percent=UNFINISHED_PERCENT))
    generate(late, Recipe(lines, first=half, total=total))
    with early.open("rb") as first, late.open("rb") as second:
        early_lines, late_lines = list(first), list(second)
    first_facts = facts_of_lines(early_lines)
    both = facts_of_lines([*early_lines[:half], *late_lines])
    return Step(early, NOTHING, first_facts), Step(late, first_facts, both)


def start_ingest(file: Path, home: Path) -> subprocess.Popen[bytes]:
    """A process of its own that takes the file in."""
    return subprocess.Popen(
        costing("ingest", file),
        cwd=ROOT,
        env=costing_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_after(seconds: float) -> Callable[[subprocess.Popen[bytes]], None]:
    """Wait so long, or until the process ends."""

    def wait(process: subprocess.Popen[bytes]) -> None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)

    return wait


def kill_once(
    step: Step, home: Path, until: Callable[[subprocess.Popen[bytes]], None], tally: Tally
) -> bool:
    """Start the ingest of a file, kill it when `until` returns, and look at the ledger.

    Returns:
        Whether the file is in the ledger.

    Raises:
        FactsDiffer: the ledger holds a part of the file.
        LedgerDamaged: the product cannot read what the kill left.
    """
    with start_ingest(step.file, home) as process:
        until(process)
        is_ended = process.poll() is not None
        process.kill()
    open_as_reader(home)
    found = facts_of_ledger(home)
    if found not in (step.before, step.after):
        raise FactsDiffer(step.after, found)
    is_present = found == step.after
    if is_ended:
        tally.unharmed += 1
    elif is_present:
        tally.present += 1
    else:
        tally.absent += 1
    return is_present


def open_as_reader(home: Path) -> None:
    """Open the ledger as a report does: it is there, or was never made, but it is not damaged.

    Raises:
        LedgerDamaged: the kill left something that the product cannot read.
    """
    from costing.clock import system_clock
    from costing.ledger.connection import opened
    from costing.ledger.error import NoLedger
    from costing.lock import Turn

    with suppress(NoLedger), opened(home, Turn(clock=system_clock)):
        return


def finish(step: Step, home: Path) -> None:
    """Take the file in undisturbed; twice, for a repeat must change nothing.

    Raises:
        FactsDiffer: something was lost or doubled.
    """
    for _ in range(2):
        measure(costing("ingest", step.file), costing_environment(home))
        found = facts_of_ledger(home)
        if found != step.after:
            raise FactsDiffer(step.after, found)


def kill_many(folder: Path, *, kills: int, lines: int, seed: int) -> Tally:
    """Kill so many ingests at random moments of their run, over as many ledgers as it takes.

    Raises:
        FactsDiffer: a ledger held a part of a file, or something was lost or doubled.
    """
    steps = make_steps(folder, lines)
    home = folder / "home"
    random = Random(seed)
    shutil.rmtree(home, ignore_errors=True)
    durations = [_duration_seconds(step, home) for step in steps]
    tally = Tally()
    while tally.kills < kills:
        shutil.rmtree(home, ignore_errors=True)
        for step, duration in zip(steps, durations, strict=True):
            for seconds in _moments(random, duration, kills - tally.kills):
                tally.moments_seconds.append(seconds)
                if kill_once(step, home, kill_after(seconds), tally):
                    break
            finish(step, home)
    return tally


def _duration_seconds(step: Step, home: Path) -> float:
    """How long the undisturbed ingest of a file takes; the moments are spread over it."""
    begin = perf_counter()
    measure(costing("ingest", step.file), costing_environment(home))
    return perf_counter() - begin


def _moments(random: Random, duration_seconds: float, most: int) -> Iterator[float]:
    """A few moments at which runs of one file are killed, evenly over the whole of a run."""
    for _ in range(min(most, random.randint(1, MOST_KILLS_A_FILE))):
        yield random.uniform(0, duration_seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m benchmarks.kill_ingest --kills 50`."""
    parser = argparse.ArgumentParser(description="Kill ingests at random moments.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    folder = BUILD / "kills"
    folder.mkdir(parents=True, exist_ok=True)
    tally = kill_many(folder, kills=options.kills, lines=options.lines, seed=options.seed)
    print(
        f"{tally.kills} kills: {tally.absent} left nothing of the file, {tally.present} came "
        f"after its commit; {tally.unharmed} runs had ended before. Every ledger was finished "
        "by the next run; nothing was lost or doubled."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
