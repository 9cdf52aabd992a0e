"""Many requests, one commit: a thread that writes for everybody.

Rule of this file: whoever submitted work hears of it only when it is on the disk, or that it is
not. What gathers while one commit is under way makes up the next, so nobody waits on purpose, and
many requests share the one wait for the disk that a commit is. A work that raises is undone alone;
a commit that fails fails for all that were in it, and for nobody else.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from costing.closable import Closable
from costing.state.connection import WAIT_SECONDS, open_store
from costing.state.error import TooManyWaiting, WriterStopped

if TYPE_CHECKING:
    from pathlib import Path

    from costing.state.store import Transaction

MOST_WAITING = 1_000
"""Works that may wait: a tenth of a second's, where a commit takes a millisecond."""

MOST_TOGETHER = 500
"""Works in one commit: they share its fate, and other processes wait for it."""

Result = TypeVar("Result")


class GroupCommit(Closable):
    """The writer of one process; submit to it from any thread, and close it before the end."""

    def __init__(
        self,
        home: Path,
        *,
        most_waiting: int = MOST_WAITING,
        most_together: int = MOST_TOGETHER,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        """Open the state of `home` and begin.

        Raises:
            CostingError: as `costing.state.connection.open_store` tells.
        """
        self._most_waiting = most_waiting
        self._most_together = most_together
        self._store = open_store(home, wait_seconds=wait_seconds, is_handed_over=True)
        self._waiting: deque[_AnyJob] = deque()
        self._is_stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write, name="state-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], Result]) -> Future[Result]:
        """Have `work` run in a transaction that others share.

        Returns:
            A future that is done when the work is on the disk (it holds what the work returned) or
            is not (it holds why). In asyncio: `await asyncio.wrap_future(writer.submit(work))`.
            Cancelled before its turn, the work is left out.

        Raises:
            TooManyWaiting: the disk does not keep up; nothing was taken in.
            WriterStopped: `close` was called.
        """
        job = _Job(work)
        with self._changed:
            if self._is_stopped:
                raise WriterStopped
            if len(self._waiting) >= self._most_waiting:
                raise TooManyWaiting(self._most_waiting)
            self._waiting.append(job)
            self._changed.notify()
        return job.future

    def close(self) -> None:
        """Take nothing in any more, commit what was taken in, and let go of the file."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        self._thread.join()

    def _write(self) -> None:
        """The thread: commit what waits, until nothing does and nothing may come."""
        while jobs := self._take():
            self._commit([job for job in jobs if job.is_wanted()])
        self._store.close()

    def _take(self) -> list[_AnyJob]:
        """What waits, in order; waits for it. Nothing where the end has come."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_stopped)
            count = min(len(self._waiting), self._most_together)
            return [self._waiting.popleft() for _ in range(count)]

    def _commit(self, jobs: Sequence[_AnyJob]) -> None:
        """Run works in one transaction and tell each what became of it."""
        try:
            with self._store.transaction() as transaction:
                for job in jobs:
                    job.attempt(transaction)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear it.
            for job in jobs:
                job.fail(error)
        else:
            for job in jobs:
                job.tell()


class _AnyJob(Protocol):
    """A job, whatever its work returns."""

    def is_wanted(self) -> bool: ...
    def attempt(self, transaction: Transaction) -> None: ...
    def tell(self) -> None: ...
    def fail(self, error: Exception) -> None: ...


class _Job(Generic[Result]):
    """A work, what came of it, and the future by which its submitter hears that."""

    def __init__(self, work: Callable[[Transaction], Result]) -> None:
        self.future: Future[Result] = Future()
        self._work = work
        self._results: list[Result] = []
        self._error: Exception | None = None

    def is_wanted(self) -> bool:
        """Whether it was not cancelled; from now on it cannot be."""
        return self.future.set_running_or_notify_cancel()

    def attempt(self, transaction: Transaction) -> None:
        """Run the work; what it raises is its own affair, unless the transaction is lost by it."""
        try:
            with transaction.part():
                self._results.append(self._work(transaction))
        except Exception as error:
            if not transaction.is_alive:
                raise
            self._error = error

    def tell(self) -> None:
        """Say what came of it, now that it is on the disk."""
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._results[0])

    def fail(self, error: Exception) -> None:
        """Say that the commit failed."""
        self.future.set_exception(error)
