"""Two processes that append and one that folds, against one process of plain SQLite commits.

Rule of this file: every row is a commit of its own that is on the disk, for both; the same bodies,
the same settings of SQLite. Before a time counts, every row must have been folded exactly once and
each writer's rows in its order. Starting the processes is not measured: they wait for the word.
"""

from __future__ import annotations

import argparse
import select
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.contest import Bound, Outcome, compare_times
from benchmarks.process import BUILD, ROOT, Measured, interleave, python

HOME = BUILD / "home-state"
COMMITS = 6_000
QUICK_COMMITS = 1_000
WRITERS = ("first", "second")
FOLD_ROWS = 1_000
FOLD_INTERVAL_SECONDS = 0.01
"""Far more often than any service would fold, but not without a pause."""

PADDING = b"x" * 700
"""A record's line of facts is about this long."""


class RowsDiffer(Exception):
    """What was folded is not what was appended."""

    def __init__(self, writer: str, expected: int, found: Sequence[int]) -> None:
        super().__init__(f"{writer}: {expected} rows appended, {len(found)} folded: {found[:5]} …")


def compare_state(commits: int, repeats: int) -> list[Outcome]:
    """The row on commits, both sides in turn."""
    ours, reference = interleave(
        (lambda: _measure_ours(commits), lambda: _measure_plain(commits)), repeats
    )
    return [compare_times(Bound.WRITERS, ours, reference)]


def _measure_ours(commits: int) -> Measured:
    """Two writers and a folder, until the last row is appended."""
    each = commits // len(WRITERS)
    with _fresh_home() as home, ExitStack() as stack:
        folder = stack.enter_context(_Part("fold", home))
        writers = [stack.enter_context(_Part("append", home, name, each)) for name in WRITERS]
        begin = perf_counter()
        for part in (folder, *writers):
            part.tell()
        ends = [writer.hear() for writer in writers]
        seconds = perf_counter() - begin
        folder.tell()
        folded = folder.hear()
        _check_rows(folder.hear(), each)
    return Measured(seconds, sum(map(float, (*ends, folded))))


def _measure_plain(commits: int) -> Measured:
    """As many commits by one process that knows nothing of us."""
    with _fresh_home() as home, _Part("plain", home, "plain", commits) as part:
        begin = perf_counter()
        part.tell()
        processor = part.hear()
        return Measured(perf_counter() - begin, float(processor))


def _check_rows(folded: str, each: int) -> None:
    """Compare what was folded, as `first:0 second:0 first:1 …`, with what was appended.

    Raises:
        RowsDiffer: a row is missing, doubled, or before an earlier one of its writer.
    """
    pairs = [label.split(":") for label in folded.split()]
    for name in WRITERS:
        found = [int(number) for writer, number in pairs if writer == name]
        if found != list(range(each)):
            raise RowsDiffer(name, each, found)


@contextmanager
def _fresh_home() -> Iterator[Path]:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    yield HOME
    shutil.rmtree(HOME)


class _Part:
    """A process that plays one part: ready when made, led by lines."""

    def __init__(self, role: str, home: Path, name: str = "", commits: int = 0) -> None:
        self._process = subprocess.Popen(
            python("-m", "benchmarks.state", role, home, name, str(commits)),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> _Part:
        self.hear()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def tell(self) -> None:
        """Say to go on."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """The next line that the process says."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _append(home: Path, name: str, commits: int) -> None:
    """The part of a writer."""
    from costing.state.connection import open_store
    from costing.state.inbox import Arrival, Kind, Origin, append

    with open_store(home) as store:
        begin = _wait_for_word()
        for body in _bodies(name, commits):
            with store.transaction() as transaction:
                append(transaction, [Arrival(Origin.API, Kind.RECORD, body)], datetime.now(UTC))
        _say(process_time() - begin)


def _fold(home: Path, _name: str, _commits: int) -> None:
    """The part of the folder: read and delete until told to end, and what is left then."""
    from costing.state.connection import open_store
    from costing.state.inbox import delete_through, pending

    folded: list[str] = []
    with open_store(home) as store:
        begin = _wait_for_word()
        ending = _word_later()
        while True:
            is_last = ending()
            rows = pending(store, most_rows=FOLD_ROWS)
            folded += [row.body.split()[0].decode() for row in rows]
            if rows:
                with store.transaction() as transaction:
                    delete_through(transaction, rows[-1].number)
            elif is_last:
                break
        _say(process_time() - begin)
        _say(" ".join(folded))


def _plain(home: Path, name: str, commits: int) -> None:
    """The part of the reference: what anybody would write with the standard library."""
    connection = sqlite3.connect(home / "plain.sqlite", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table row (number integer primary key, at text, body blob)")
    begin = _wait_for_word()
    for body in _bodies(name, commits):
        at = datetime.now(UTC).isoformat()
        connection.execute("insert into row (at, body) values (?, ?)", (at, body))
    _say(process_time() - begin)
    connection.close()


def _bodies(name: str, commits: int) -> Iterator[bytes]:
    return (f"{name}:{number} ".encode() + PADDING for number in range(commits))


def _wait_for_word() -> float:
    """Say that we are ready and wait; the processor time from which to count."""
    _say("ready")
    sys.stdin.readline()
    return process_time()


def _word_later() -> Callable[[], bool]:
    """Whether the next word has come, waiting for it for the fold interval at most."""
    return lambda: bool(select.select([sys.stdin], [], [], FOLD_INTERVAL_SECONDS)[0])


def _say(line: object) -> None:
    print(line, flush=True)


ROLES = {"append": _append, "fold": _fold, "plain": _plain}


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.state append HOME first 1000`: play one part."""
    parser = argparse.ArgumentParser(description="Play one part of the benchmark of the state.")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("home", type=Path)
    parser.add_argument("name")
    parser.add_argument("commits", type=int)
    options = parser.parse_args(arguments)
    ROLES[options.role](options.home, options.name, options.commits)


if __name__ == "__main__":
    main()
