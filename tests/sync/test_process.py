"""`costing sync` as real processes: killed, side by side, and ended by signals."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from costing.app import Costing
from costing.errors import ExitCode
from tests.replicate.server import ReplicateServer, problem
from tests.sync.world import NOW, asked, history, ids, record, start, stored

PATIENCE_SECONDS = 60
UNTIL = ("--since", (NOW - timedelta(days=60)).isoformat(), "--until", NOW.isoformat())
ENDINGS = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.OK)]
)
BUSY = problem(503, "Busy", "Try again.", retry_after="0")


@contextmanager
def running(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is gone in the end, however the test ends."""
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("options", "is_silent"), [([], True), (["--format", "json"], False)], ids=["table", "json"]
)
def test_a_quiet_sync_writes_what_was_asked_for_alone(
    home: Path, server: ReplicateServer, options: list[str], is_silent: bool
) -> None:
    server.store.predictions.put(record(0, timedelta(hours=1)))

    with running(start(home, server, "--quiet", *UNTIL, *options)) as process:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, err, out == "") == (0, "", is_silent)
    assert stored(home) == ids(1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("every", "most_pages"),
    [
        pytest.param(timedelta(seconds=10), 40 + 6 * 4, id="one window"),
        pytest.param(timedelta(minutes=20), 48 + 6 * 16 * 3, id="sixteen windows"),
    ],
)
def test_killed_backfills_lose_and_double_nothing(
    home: Path, server: ReplicateServer, costing: Costing, every: timedelta, most_pages: int
) -> None:
    chance = random.Random(7)
    server.store.predictions.put(*history(4000, every))
    span = ("--since", (NOW - 4001 * every).isoformat(), "--until", NOW.isoformat())
    ends = []
    for _ in range(6):
        with running(start(home, server, *span)) as process:
            kill_when(server, process, len(asked(server, "predictions")) + chance.randint(4, 12))
            process.communicate(timeout=PATIENCE_SECONDS)
        ends.append(process.returncode)
    server.between = lambda: None
    with running(start(home, server, *span)) as process:
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == ExitCode.OK, complaint
    assert stored(home) == ids(4000)
    assert ends[:3] == [-signal.SIGKILL] * 3
    page_count = len(asked(server, "predictions"))
    assert page_count <= most_pages
    assert costing.sync(is_dry_run=True).predictions <= timedelta(hours=1) / every


def kill_when(server: ReplicateServer, process: subprocess.Popen[str], pages: int) -> None:
    """Kill a process when so many pages of predictions have been asked for."""

    def kill() -> None:
        if len(asked(server, "predictions")) >= pages:
            process.kill()

    server.between = kill


def test_two_at_once_take_turns_and_both_end_well(home: Path, server: ReplicateServer) -> None:
    server.store.predictions.put(*history(500, timedelta(minutes=1)))
    processes = [start(home, server, *UNTIL, "--format", "json") for _ in range(2)]
    told = []
    for process in processes:
        with running(process):
            output, complaint = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == ExitCode.OK, complaint
        told.append(json.loads(output))

    assert sorted(one["taken"] for one in told) == [0, 500]
    assert stored(home) == ids(500)


def test_one_that_does_not_want_to_wait_leaves(home: Path, server: ReplicateServer) -> None:
    is_asked = Event()
    server.on_request = is_asked.set
    with server.hold(), running(start(home, server, *UNTIL)):
        assert is_asked.wait(PATIENCE_SECONDS)
        with running(start(home, server, "--fail-if-locked")) as other:
            _, complaint = other.communicate(timeout=PATIENCE_SECONDS)

    assert other.returncode == ExitCode.LOCKED
    assert complaint.startswith("error: another sync is under way: process ")


@ENDINGS
def test_signals_end_a_watch_that_waits(
    home: Path, server: ReplicateServer, number: int, code: ExitCode
) -> None:
    with running(start(home, server, "--watch", "1h")) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(number)
        process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == code
    assert first.startswith("fetched 0 predictions")


@ENDINGS
def test_signals_end_a_watch_that_fetches(
    home: Path, server: ReplicateServer, number: int, code: ExitCode
) -> None:
    is_asked = Event()
    with ExitStack() as held, running(start(home, server, "--watch", "1h")) as process:

        def hold_a_page() -> None:
            if asked(server, "predictions") and not is_asked.is_set():
                held.enter_context(server.hold())
                is_asked.set()

        server.on_request = hold_a_page
        assert is_asked.wait(PATIENCE_SECONDS)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == code


def test_a_watch_survives_what_passes(home: Path, server: ReplicateServer) -> None:
    server.fail(BUSY, times=6)
    with running(start(home, server, "--watch", "1s")) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)

    assert line.startswith("fetched")
    assert "failed (status 503); trying again at the next round" in complaint
    assert process.returncode == ExitCode.OK


def test_a_watch_ends_where_the_token_is_refused(home: Path, server: ReplicateServer) -> None:
    server.token = "r8_another"
    with running(start(home, server, "--watch", "1s")) as process:
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == ExitCode.AUTHENTICATION
    assert complaint.startswith("error: Replicate does not accept the API token")


@pytest.mark.slow
def test_a_server_that_is_gone_is_told(home: Path) -> None:
    with ReplicateServer() as server:
        pass
    with running(start(home, server)) as process:
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == ExitCode.FAILED
    assert complaint.startswith("error: Replicate cannot be reached")


def test_the_command_tells_what_it_did(home: Path, server: ReplicateServer) -> None:
    server.store.predictions.put(record(0, timedelta(hours=1)))
    with running(start(home, server, *UNTIL)) as process:
        output, complaint = process.communicate(timeout=PATIENCE_SECONDS)

    assert [line.split() for line in output.splitlines()[:3]] == [
        ["what", "count"],
        ["fetched", "predictions", "1"],
        ["fetched", "trainings", "0"],
    ]
    assert complaint == ""


def test_the_command_lists_how_a_moment_may_be_written(home: Path, server: ReplicateServer) -> None:
    with running(start(home, server, "--since", "tomorrow")) as process:
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == ExitCode.USAGE
    assert '"tomorrow" is no day, instant or span of time' in complaint
    assert "2026-10-01T14:30:00Z" in complaint
    assert "90d" in complaint
