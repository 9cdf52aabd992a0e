"""An ingest that is killed leaves its file in the ledger wholly or not at all.

The moments are events that are seen from outside, so that nothing here depends on how fast the
machine is; `python -m benchmarks.kill_ingest` kills at random ones.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.facts import facts_of_ledger
from benchmarks.kill_ingest import Step, Tally, finish, kill_once, make_steps

LINES = 20_000
MEGABYTE = 1_000_000

Seen = Callable[[Path], bool]

MOMENTS: dict[str, Seen] = {
    "reading": lambda home: any((home / "spill").glob("*")),
    "its turn": lambda home: (home / "locks" / "ledger").exists(),
    "the file is made": lambda home: (home / "ledger.duckdb").exists(),
    "rows are written": lambda home: _size(home / "ledger.duckdb") > MEGABYTE,
    "the commit": lambda home: _size(home / "ledger.duckdb.wal") > 0,
}


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Step, Step]:
    return make_steps(tmp_path_factory.mktemp("kills"), LINES)


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_killed_ingest_is_wholly_in_or_not_at_all(
    moment: Seen, steps: tuple[Step, Step], tmp_path: Path
) -> None:
    for step in steps:
        kill_once(step, tmp_path, _when(moment, tmp_path), Tally())

        finish(step, tmp_path)

        assert facts_of_ledger(tmp_path) == step.after


def _when(moment: Seen, home: Path) -> Callable[[subprocess.Popen[bytes]], None]:
    """Wait until something is seen in the data directory, or the process ends."""

    def wait(process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not moment(home):
            os.sched_yield()

    return wait


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
