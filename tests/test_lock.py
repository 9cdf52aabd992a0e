"""The readers-writer lock, between real processes that are led by pipes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from costing.errors import HomeUnusable, LedgerLocked
from costing.lock import holders, reading, writing
from tests.turn import a_turn

WORKER = """
import sys
from pathlib import Path
from costing import lock
from costing.errors import LedgerLocked
from tests.turn import a_turn

def say(line):
    print(line, flush=True)

mode, home, name, wait = sys.argv[1:]
turn = a_turn(command=name, wait_seconds=float(wait) if wait else None, announce=say)
try:
    with getattr(lock, mode)(Path(home), turn):
        say("held")
        sys.stdin.readline()
    say("released")
except LedgerLocked as error:
    say("locked: " + error.what)
"""


class Worker:
    """A process that takes the lock, says so, and holds it until told to release it."""

    def __init__(self, mode: str, home: Path, name: str, wait: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, mode, str(home), name, wait],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def hear(self) -> str:
        """The next line that the process says; blocks until it says one."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def release(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


Start = Callable[..., Worker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def start_worker(mode: str, name: str, wait: str = "") -> Worker:
            worker = Worker(mode, tmp_path, name, wait)
            stack.callback(worker.close)
            return worker

        yield start_worker


def test_lock_lets_readers_in_together(start: Start) -> None:
    first, second, third = (start("reading", f"report {n}") for n in "abc")

    assert [worker.hear() for worker in (first, second, third)] == ["held"] * 3


def test_lock_lets_a_writer_in_alone_and_says_for_whom_others_wait(start: Start) -> None:
    writer = start("writing", "costing ingest big.jsonl")
    assert writer.hear() == "held"

    reader = start("reading", "costing report")

    waiting = reader.hear()
    assert waiting.startswith(f"waiting for process {writer.pid} (costing ingest big.jsonl, since ")
    assert waiting.endswith(" UTC)")
    writer.release()
    assert reader.hear() == "held"


def test_lock_makes_a_writer_wait_for_every_reader(start: Start) -> None:
    readers = [start("reading", f"report {n}") for n in "ab"]
    assert [reader.hear() for reader in readers] == ["held"] * 2

    writer = start("writing", "ingest")

    assert all(f"process {reader.pid} (" in line for line in [writer.hear()] for reader in readers)
    readers[0].release()
    assert readers[0].hear() == "released"
    readers[1].release()
    assert writer.hear() == "held"


def test_lock_does_not_let_later_readers_starve_a_writer(start: Start) -> None:
    early = start("reading", "early report")
    assert early.hear() == "held"
    writer = start("writing", "ingest")
    assert writer.hear().startswith(f"waiting for process {early.pid}")

    late = start("reading", "late report")

    assert f"process {writer.pid} (ingest" in late.hear()
    early.release()
    assert writer.hear() == "held"
    writer.release()
    assert writer.hear() == "released"
    assert late.hear() == "held"


def test_lock_is_free_when_its_holder_was_killed(start: Start, tmp_path: Path) -> None:
    holder = start("writing", "ingest")
    assert holder.hear() == "held"
    waiter = start("writing", "ingest again")
    assert waiter.hear().startswith("waiting for")

    holder.kill()

    assert waiter.hear() == "held"
    assert [one.pid for one in holders(tmp_path)] == [waiter.pid]


def test_lock_is_free_when_the_process_in_the_turnstile_was_killed(start: Start) -> None:
    reader = start("reading", "report")
    assert reader.hear() == "held"
    writer = start("writing", "ingest")
    assert writer.hear().startswith("waiting for")

    writer.kill()

    assert start("reading", "later report").hear() == "held"


def test_lock_names_the_holder_when_it_is_not_to_wait(start: Start) -> None:
    holder = start("writing", "ingest")
    assert holder.hear() == "held"

    told = start("writing", "impatient", wait="0").hear()

    assert told.startswith(f"locked: the ledger is in use by process {holder.pid} (ingest, since ")


def test_lock_gives_up_after_the_time_it_may_wait(start: Start) -> None:
    holder = start("reading", "report")
    assert holder.hear() == "held"

    waiter = start("writing", "patient for a while", wait="0.3")

    assert waiter.hear().startswith("waiting for")
    assert waiter.hear().startswith("locked: ")
    assert start("reading", "report").hear() == "held"


def test_lock_is_released_when_the_block_raises(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing(tmp_path, a_turn()):
        raise ZeroDivisionError

    with writing(tmp_path, a_turn(wait_seconds=0)):
        pass


def test_lock_keeps_threads_of_one_process_apart(tmp_path: Path) -> None:
    with (
        writing(tmp_path, a_turn()),
        pytest.raises(LedgerLocked),
        reading(tmp_path, a_turn(wait_seconds=0)),
    ):
        pass


def test_lock_lets_threads_of_one_process_queue_as_processes_do(tmp_path: Path) -> None:
    order: list[str] = []
    writer_waits, late_reader_waits = Event(), Event()

    def write() -> None:
        with writing(tmp_path, a_turn(announce=lambda _: writer_waits.set())):
            order.append("writer")

    def read() -> None:
        with reading(tmp_path, a_turn(announce=lambda _: late_reader_waits.set())):
            order.append("late reader")

    threads = [Thread(target=write), Thread(target=read)]
    with reading(tmp_path, a_turn()):
        threads[0].start()
        writer_waits.wait()
        threads[1].start()
        late_reader_waits.wait()
        order.append("early reader")
    for thread in threads:
        thread.join()

    assert order == ["early reader", "writer", "late reader"]


def test_lock_tells_a_thread_of_the_other_thread_that_holds_it(tmp_path: Path) -> None:
    with (
        writing(tmp_path, a_turn(command="costing serve")),
        pytest.raises(LedgerLocked, match=rf"process {os.getpid()} \(costing serve"),
        reading(tmp_path, a_turn(wait_seconds=0)),
    ):
        pass


def test_lock_never_shows_control_characters_of_a_holder(tmp_path: Path) -> None:
    with reading(tmp_path, a_turn(command="costing ingest \x1b[31mred\n.jsonl")):
        (found,) = map(str, holders(tmp_path))

    assert r"costing ingest \x1b[31mred\n.jsonl" in found
    assert found.isprintable()


def test_lock_shows_who_holds_it_and_since_when(tmp_path: Path) -> None:
    since = datetime(2026, 10, 1, 10, 14, 3, tzinfo=UTC)

    with reading(tmp_path, a_turn(command="costing report", clock=lambda: since)):
        found = [str(one) for one in holders(tmp_path)]

    assert found == [f"process {os.getpid()} (costing report, since 10:14:03 UTC)"]
    assert holders(tmp_path) == ()


def test_lock_ignores_and_sweeps_what_killed_processes_left(tmp_path: Path) -> None:
    left = tmp_path / "locks" / "holders" / "1-1.json"
    left.parent.mkdir(parents=True)
    left.write_text('{"pid": 1, "command": "dead", "since": "long ago"}')

    seen = holders(tmp_path)
    with writing(tmp_path, a_turn()):
        pass

    assert seen == ()
    assert not left.exists()


def test_lock_says_which_directory_cannot_be_used(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("")

    with pytest.raises(HomeUnusable) as caught, reading(home, a_turn()):
        pass

    assert caught.value.where == str(home)


def test_a_disk_without_room_keeps_nobody_from_reading(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from costing.lock import reading\n"
        "from tests.turn import a_turn\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))\n"
        "with reading(Path(sys.argv[1]), a_turn(command='a reader')):\n"
        "    print(len(list((Path(sys.argv[1]) / 'locks' / 'holders').iterdir())))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, before)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("1\n", "")
