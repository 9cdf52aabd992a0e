"""An account at a server that behaves as Replicate's interface, in which predictions are made.

Rule of this file: it runs in a process of its own. It prints its address, then makes predictions
at a pace: each is served as processing first and as succeeded some seconds later. A line on its
standard input ends that: all have ended then, their number is printed, and it serves on until the
input is closed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from benchmarks.process import ROOT, python
from tests.replicate.sample import instant_text, make_id, make_prediction
from tests.replicate.server import TOKEN, ReplicateServer

RUNS = timedelta(seconds=5)
TICK_SECONDS = 0.25


class Account:
    """The process, seen from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self._output = process.stdout
        self.url = self._output.readline().strip()

    @property
    def variables(self) -> dict[str, str]:
        """What tells `costing` to ask here."""
        return {"COSTING_API_URL": self.url, "REPLICATE_API_TOKEN": TOKEN}

    def end_growth(self) -> set[str]:
        """Let no more predictions be made; the ids of all that were."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return {make_id(number) for number in range(int(self._output.readline()))}


@contextmanager
def account(*, history: int, per_second: int) -> Iterator[Account]:
    """An account with so many predictions in the past, and so many more a second."""
    arguments = ["--history", str(history), "--per-second", str(per_second)]
    with subprocess.Popen(
        python("-m", "benchmarks.account", *arguments),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Account(process)
        finally:
            process.kill()


class _Growth:
    """Predictions that are made while the server serves."""

    def __init__(self, server: ReplicateServer, history: int, per_second: int) -> None:
        self._records = server.store.predictions
        self._batch = max(1, round(per_second * TICK_SECONDS))
        self._made: list[datetime] = []
        self._ended = 0
        self._first = history
        self._is_over = Event()
        self._records.put(*map(make_prediction, range(history)))
        self._thread = Thread(target=self._grow)
        self._thread.start()

    def end(self) -> int:
        """Stop; how many predictions there are, all of which have ended."""
        self._is_over.set()
        self._thread.join()
        self._end_those_before(datetime.max.replace(tzinfo=UTC))
        return self._first + len(self._made)

    def _grow(self) -> None:
        while not self._is_over.wait(TICK_SECONDS):
            now = datetime.now(UTC)
            for _ in range(self._batch):
                self._made.append(now)
                self._put(len(self._made) - 1, status="processing", completed_at=None, metrics={})
            self._end_those_before(now - RUNS)

    def _end_those_before(self, instant: datetime) -> None:
        while self._ended < len(self._made) and self._made[self._ended] < instant:
            end = self._made[self._ended] + RUNS
            self._put(self._ended, completed_at=instant_text(end))
            self._ended += 1

    def _put(self, place: int, **changes: object) -> None:
        created = instant_text(self._made[place])
        number = self._first + place
        self._records.put(
            make_prediction(number, created_at=created, started_at=created, **changes)
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.account --history 20000 --per-second 10`."""
    parser = argparse.ArgumentParser(description="Serve an account in which predictions are made.")
    parser.add_argument("--history", type=int, default=20_000)
    parser.add_argument("--per-second", type=int, default=10)
    options = parser.parse_args(arguments)
    with ReplicateServer() as server:
        print(server.url, flush=True)
        growth = _Growth(server, options.history, options.per_second)
        try:
            sys.stdin.readline()
        finally:
            count = growth.end()
        print(count, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
