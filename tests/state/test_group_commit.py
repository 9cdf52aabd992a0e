"""Group commit: each submitter hears what became of its own work, and only when it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from costing.state.connection import open_store
from costing.state.error import StateFull, TooManyWaiting, WriterStopped
from costing.state.group_commit import GroupCommit
from costing.state.inbox import Arrival, Kind, Origin, Taken, append, pending
from costing.state.store import Transaction

NOW = datetime(2026, 11, 1, tzinfo=UTC)

Work = Callable[[Transaction], tuple[Taken, ...]]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[GroupCommit]:
    with GroupCommit(tmp_path, most_waiting=100) as started:
        yield started


class Gate:
    """A work that keeps the writer busy until it is opened, so that others gather behind it."""

    def __init__(self, writer: GroupCommit) -> None:
        self._has_begun = Event()
        self._may_end = Event()
        self.future: Future[bool] = writer.submit(self._wait)
        self._has_begun.wait()

    def open(self) -> None:
        self._may_end.set()

    def _wait(self, _: Transaction) -> bool:
        self._has_begun.set()
        return self._may_end.wait()


def _row(body: bytes, message_id: str = "") -> Work:
    arrival = Arrival(Origin.WEBHOOK, Kind.RECORD, body, message_id)
    return lambda transaction: append(transaction, [arrival], NOW)


def _bodies(home: Path) -> list[bytes]:
    with open_store(home) as store:
        return [row.body for row in pending(store)]


def test_what_is_answered_is_there(writer: GroupCommit, tmp_path: Path) -> None:
    taken = writer.submit(_row(b"a")).result()

    assert taken == (Taken.APPENDED,)
    assert _bodies(tmp_path) == [b"a"]


def test_many_threads_each_hear_their_own_result(writer: GroupCommit, tmp_path: Path) -> None:
    def send(number: int) -> tuple[Taken, ...]:
        # Every message is sent twice.
        return writer.submit(_row(b"%d" % (number // 2), f"msg_{number // 2}")).result()

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(send, range(400)))

    pairs = zip(taken[::2], taken[1::2], strict=True)
    assert all({*first, *second} == {Taken.APPENDED, Taken.DUPLICATE} for first, second in pairs)
    assert sorted(map(int, _bodies(tmp_path))) == list(range(200))


def test_work_that_raises_is_undone_alone(writer: GroupCommit, tmp_path: Path) -> None:
    def append_and_raise(transaction: Transaction) -> None:
        _row(b"never")(transaction)
        raise TimeoutError

    gate = Gate(writer)
    before, failed, after = (
        writer.submit(_row(b"before")),
        writer.submit(append_and_raise),
        writer.submit(_row(b"after")),
    )
    gate.open()

    assert isinstance(failed.exception(), TimeoutError)
    assert before.result() == after.result() == (Taken.APPENDED,)
    assert _bodies(tmp_path) == [b"before", b"after"]


def test_full_disk_is_told_and_the_writer_lives_on(writer: GroupCommit, tmp_path: Path) -> None:
    connection = writer._store._connection
    writer.submit(lambda _: connection.execute("pragma max_page_count = 1")).result()

    too_large = writer.submit(_row(b"x" * 1_000_000))

    assert isinstance(too_large.exception(), StateFull)
    writer.submit(lambda _: connection.execute("pragma max_page_count = 1000000")).result()
    assert writer.submit(_row(b"a")).result() == (Taken.APPENDED,)
    assert _bodies(tmp_path) == [b"a"]


def test_failed_commit_fails_all_that_were_in_it_and_nobody_else(
    writer: GroupCommit, tmp_path: Path
) -> None:
    def end_the_transaction(_: Transaction) -> None:
        # As SQLite itself does after some errors.
        writer._store._connection.execute("rollback")
        raise TimeoutError

    gate = Gate(writer)
    lose = writer.submit(end_the_transaction)
    together = writer.submit(_row(b"lost"))
    gate.open()
    assert gate.future.result()

    errors = [lose.exception(), together.exception()]

    assert errors == [errors[0]] * 2
    assert isinstance(errors[0], TimeoutError)
    assert writer.submit(_row(b"kept")).result() == (Taken.APPENDED,)
    assert _bodies(tmp_path) == [b"kept"]


def test_more_than_may_wait_is_refused_at_once(tmp_path: Path) -> None:
    with GroupCommit(tmp_path, most_waiting=2) as writer:
        gate = Gate(writer)
        accepted = [writer.submit(_row(b"%d" % number)) for number in range(2)]

        with pytest.raises(TooManyWaiting):
            writer.submit(_row(b"refused"))

        gate.open()
        assert [future.result() for future in accepted] == [(Taken.APPENDED,)] * 2

    assert _bodies(tmp_path) == [b"0", b"1"]


def test_stop_commits_what_was_accepted_and_refuses_the_rest(tmp_path: Path) -> None:
    writer = GroupCommit(tmp_path, most_together=3)
    gate = Gate(writer)
    accepted = [writer.submit(_row(b"%d" % number)) for number in range(10)]
    gate.open()

    writer.close()
    writer.close()

    assert all(future.done() for future in accepted)
    assert _bodies(tmp_path) == [b"%d" % number for number in range(10)]
    with pytest.raises(WriterStopped):
        writer.submit(_row(b"late"))


def test_work_cancelled_before_its_turn_is_left_out(writer: GroupCommit, tmp_path: Path) -> None:
    gate = Gate(writer)
    cancelled, kept = writer.submit(_row(b"cancelled")), writer.submit(_row(b"kept"))

    assert cancelled.cancel()
    gate.open()
    kept.result()

    assert not kept.cancel()
    assert _bodies(tmp_path) == [b"kept"]


def test_coroutines_wait_for_their_commit(writer: GroupCommit, tmp_path: Path) -> None:
    async def send(number: int) -> tuple[Taken, ...]:
        return await asyncio.wrap_future(writer.submit(_row(b"%d" % number)))

    async def send_many() -> list[tuple[Taken, ...]]:
        return await asyncio.gather(*map(send, range(50)))

    assert asyncio.run(send_many()) == [(Taken.APPENDED,)] * 50
    assert len(_bodies(tmp_path)) == 50
