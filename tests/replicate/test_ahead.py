"""Fetching ahead: the same items, no more than the depth, and an end on every path."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.replicate.ahead import THREAD_NAME, fetched_ahead
from tests.project.source_tree import ROOT


class Boom(Exception):
    pass


@given(st.lists(st.integers()), st.integers(1, 5))
def test_items_come_in_their_order(items: list[int], depth: int) -> None:
    assert list(fetched_ahead(iter(items), depth)) == items
    assert not is_fetching()


@given(st.lists(st.integers()))
def test_error_comes_in_its_place(items: list[int]) -> None:
    taken: list[int] = []

    with pytest.raises(Boom):
        taken.extend(fetched_ahead(failing_after(items)))

    assert taken == items
    assert not is_fetching()


def test_next_item_is_made_while_this_one_is_used() -> None:
    is_second_made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        is_second_made.set()
        yield 2

    ahead = fetched_ahead(items())
    next(ahead)

    assert is_second_made.wait(30)
    ahead.close()


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_no_more_is_fetched_than_the_depth(depth: int) -> None:
    made = threading.Semaphore(0)

    def items() -> Iterator[int]:
        for number in range(100):
            made.release()
            yield number

    ahead = fetched_ahead(items(), depth)
    for taken in range(100 - depth):
        next(ahead)
        for _ in range(1 if taken else depth + 1):
            assert made.acquire(timeout=30)

        assert not made.acquire(blocking=False)
    ahead.close()


def test_closing_early_closes_the_items_and_ends_the_thread() -> None:
    is_closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            is_closed.set()

    ahead = fetched_ahead(items())
    next(ahead)
    ahead.close()

    assert is_closed.is_set()
    assert not is_fetching()


def test_closing_does_not_wait_for_ever_for_an_item_that_hangs() -> None:
    release = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        release.wait()
        yield 2

    ahead = fetched_ahead(items())
    next(ahead)
    ahead.close()
    hanging = [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]
    release.set()
    for thread in hanging:
        thread.join()

    assert len(hanging) == 1


def test_nothing_is_started_before_the_first_item_is_asked_for() -> None:
    fetched_ahead(iter([1])).close()

    assert not is_fetching()


def test_interrupt_ends_a_process_that_waits_for_an_item() -> None:
    program = (
        "import threading\n"
        "from costing.replicate.ahead import fetched_ahead\n"
        "def items():\n"
        "    yield 1\n"
        "    print('hanging', flush=True)\n"
        "    threading.Event().wait()\n"
        "for item in fetched_ahead(items()):\n"
        "    pass\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hanging\n"
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert errors.splitlines()[-1] == "KeyboardInterrupt"


def failing_after(items: list[int]) -> Iterator[int]:
    yield from items
    raise Boom


def is_fetching() -> bool:
    return any(thread.name == THREAD_NAME for thread in threading.enumerate())
