"""`costing sync` of many records, against fetching the same pages and throwing them away.

Rule of this file: the server is a process of its own, both sides are whole processes, and all that
the server holds must be in the ledger before a time counts. The bound is about a server that
answers as fast as Replicate's limit lets one ask, for it is the limit that shall pace a backfill.
How we compare with a server without any limit, which no network stands before, is told beside it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from time import monotonic, sleep

from benchmarks.contest import Bound, Outcome, compare_times
from benchmarks.process import (
    BUILD,
    ROOT,
    Measured,
    costing,
    costing_environment,
    interleave,
    measure,
    python,
)

HOME = BUILD / "home-sync"
RECORDS = 100_000
QUICK_RECORDS = 10_000
LIMIT_PER_SECOND = 50
"""Requests that Replicate takes in the long run, 3,000 a minute:
https://replicate.com/docs/topics/predictions/rate-limits"""

SINCE = "2026-10-01"
"""Before the first record that the server makes."""


class RecordsMissing(Exception):
    """The ledger, or the one that throws pages away, has not seen what the server holds."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"the server holds {expected} records, {found} came")


def compare_sync(records: int, repeats: int) -> list[Outcome]:
    """The rows on syncs, both sides in turn: at Replicate's limit, and at none."""
    return [
        _compare(Bound.SYNC, records, repeats, LIMIT_PER_SECOND),
        _compare(Bound.SYNC_UNLIMITED, records, repeats, 0),
    ]


def _compare(bound: Bound, records: int, repeats: int, per_second: int) -> Outcome:
    with _server(records, per_second) as url:
        ours, reference = interleave(
            (lambda: _measure_sync(url, records), lambda: _measure_fetch(url, records)), repeats
        )
    return compare_times(bound, ours, reference)


def _measure_sync(url: str, records: int) -> Measured:
    """A first sync into an empty data directory."""
    shutil.rmtree(HOME, ignore_errors=True)
    measured = measure(costing("sync", "--since", SINCE, "--format", "json"), _environment(url))
    taken = json.loads(measured.output)["taken"]
    shutil.rmtree(HOME)
    if taken != records:
        raise RecordsMissing(records, taken)
    return measured


def _measure_fetch(url: str, records: int) -> Measured:
    """The same pages, one after the other, by the same client."""
    measured = measure(python("-m", "benchmarks.sync", "fetch"), _environment(url))
    if int(measured.output) != records:
        raise RecordsMissing(records, int(measured.output))
    return measured


def _environment(url: str) -> dict[str, str]:
    from tests.replicate.server import TOKEN

    given = {"COSTING_API_URL": url, "REPLICATE_API_TOKEN": TOKEN}
    return costing_environment(HOME) | given


@contextmanager
def _server(records: int, per_second: int) -> Iterator[str]:
    """A server that holds so many records: its address."""
    process = subprocess.Popen(
        python("-m", "benchmarks.sync", "serve", str(records), str(per_second)),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


class Gate:
    """Lets requests through one after the other, so many a second at most."""

    def __init__(self, per_second: int) -> None:
        self._apart_seconds = 1 / per_second
        self._lock = Lock()
        self._next = monotonic()

    def pass_through(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            turn = max(self._next, monotonic())
            self._next = turn + self._apart_seconds
        sleep(max(0.0, turn - monotonic()))


def _serve(records: int, per_second: int) -> None:
    """The part of the server, until standard input ends."""
    from tests.replicate.sample import make_prediction
    from tests.replicate.server import ReplicateServer
    from tests.replicate.store import Store

    store = Store()
    store.predictions.put(*map(make_prediction, range(records)))
    with ReplicateServer(store) as server:
        if per_second:
            server.on_request = Gate(per_second).pass_through
        print(server.url, flush=True)
        sys.stdin.read()


def _fetch() -> None:
    """The part of the one who throws pages away: how many records they held."""
    from costing.clock import system_clock
    from costing.replicate.client import Client
    from costing.replicate.token import find_token
    from costing.settings import load_settings

    settings = load_settings()
    token = find_token(settings.api_token, None)
    with Client(token, clock=system_clock, url=settings.api_url) as client:
        print(sum(page.count for page in client.predictions()))


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.sync serve 1000 50`: play one part."""
    parser = argparse.ArgumentParser(description="Play one part of the benchmark of the sync.")
    parser.add_argument("role", choices=["serve", "fetch"])
    parser.add_argument("records", type=int, nargs="?", default=RECORDS)
    parser.add_argument("per_second", type=int, nargs="?", default=0)
    options = parser.parse_args(arguments)
    if options.role == "serve":
        _serve(options.records, options.per_second)
    else:
        _fetch()


if __name__ == "__main__":
    main()
