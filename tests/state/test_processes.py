"""Processes that share the state and are killed: what they acknowledged is there exactly once."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from costing.state.connection import open_store
from costing.state.error import StateLocked
from costing.state.inbox import delete_through, pending
from costing.state.store import Store
from tests.state.child import Child

KILLS = 12
MOST_LINES = 60

APPENDER = """
with open_store(home) as store:
    for number in range(1_000_000):
        with store.transaction() as transaction:
            append(transaction, [row(f"{name} {number}")], NOW)
        say(f"{name} {number}")
"""

GROUP = """
from threading import Thread

def submit_rows(thread):
    for number in range(1_000_000):
        label = f"{name}.{thread} {number}"
        writer.submit(lambda transaction: append(transaction, [row(label)], NOW)).result()
        say(label)

writer = GroupCommit(home)
for thread in range(8):
    Thread(target=submit_rows, args=(thread,)).start()
"""


def _fold(store: Store) -> list[str]:
    """Read and delete what is pending."""
    rows = pending(store)
    if rows:
        with store.transaction() as transaction:
            delete_through(transaction, rows[-1].number)
    return [row.body.decode() for row in rows]


def _check(acknowledged: Iterable[str], folded: list[str]) -> None:
    """Each writer's rows are there once, in its order, without a gap, and none is missing."""
    numbers: dict[str, list[int]] = {}
    for label in folded:
        writer, _, number = label.rpartition(" ")
        numbers.setdefault(writer, []).append(int(number))

    assert set(acknowledged) <= set(folded)
    assert numbers == {writer: list(range(len(found))) for writer, found in numbers.items()}


@pytest.mark.parametrize("script", [APPENDER, GROUP], ids=["single", "group"])
def test_acknowledged_rows_of_killed_processes_are_there_once(script: str, tmp_path: Path) -> None:
    random = Random(14)
    acknowledged: list[str] = []
    folded: list[str] = []

    with open_store(tmp_path) as store:
        for round_number in range(KILLS // 3):
            with ExitStack() as stack:
                children = [
                    stack.enter_context(Child(script, tmp_path, f"{round_number}-{number}"))
                    for number in range(3)
                ]
                for child in children:
                    for _ in range(random.randint(1, MOST_LINES)):
                        acknowledged.append(child.hear())
                        folded += _fold(store) if random.random() < 0.2 else []
                    child.kill()
                    acknowledged += child.hear_all()
        folded += _fold(store)

    assert len(acknowledged) >= KILLS
    _check(acknowledged, folded)


FOLDER = """
with open_store(home) as store:
    while True:
        rows = pending(store, most_rows=7)
        if not rows:
            break
        say("read")
        for one in rows:
            say(one.body.decode())
        with store.transaction() as transaction:
            delete_through(transaction, rows[-1].number)
"""


def test_killed_fold_repeats_and_loses_nothing(tmp_path: Path) -> None:
    random = Random(3)
    labels = [f"a {number}" for number in range(200)]
    with Child(f"RANGE = {len(labels)}" + FINITE_APPENDER, tmp_path, "a") as child:
        assert child.hear_all() == ["done"]
    folded: list[str] = []

    for _ in range(8):
        with Child(FOLDER, tmp_path) as child:
            folded += [child.hear() for _ in range(random.randint(1, 30))]
            child.kill()
            folded += child.hear_all()
    with Child(FOLDER, tmp_path) as child:
        folded += child.hear_all()

    assert set(folded) - {"read", ""} == set(labels)
    with open_store(tmp_path) as store:
        assert pending(store) == ()


FINITE_APPENDER = """
with open_store(home) as store, store.transaction() as transaction:
    append(transaction, [row(f"{name} {number}") for number in range(RANGE)], NOW)
say("done")
"""

HOLDER = """
with open_store(home) as store, store.transaction() as transaction:
    append(transaction, [row(name)], NOW)
    say("held")
    sys.stdin.readline()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "terminate"])
def test_transaction_of_a_process_that_ended_holds_nobody_up(
    end: signal.Signals, tmp_path: Path
) -> None:
    with Child(HOLDER, tmp_path) as holder, open_store(tmp_path, wait_seconds=0.01) as store:
        assert holder.hear() == "held"
        with pytest.raises(StateLocked), store.transaction():
            pass

        holder.end(end)

        with store.transaction() as transaction:
            assert pending(transaction) == ()


def test_one_that_waits_gets_its_turn_among_busy_writers(tmp_path: Path) -> None:
    with ExitStack() as stack:
        children = [
            stack.enter_context(Child(APPENDER, tmp_path, str(number))) for number in range(3)
        ]
        heard = [child.hear() for child in children]
        store = stack.enter_context(open_store(tmp_path))

        folded = [label for _ in range(50) for label in _fold(store)]
        for child in children:
            child.kill()
            heard += child.hear_all()
        folded += _fold(store)

    _check(heard, folded)
