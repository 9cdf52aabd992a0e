"""From the writer's thread back to the event loop: many answers, one awakening.

Rule of this file: waking the loop costs more than all else that an answer needs (a third of a
webhook's processor time, measured), and a commit answers hundreds at once. So the first answer
wakes it, and those that come until it looks are taken along.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


class Bridge:
    """The way into one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._done: deque[tuple[asyncio.Future[object], Future[object]]] = deque()
        self._is_woken = False

    async def bring(self, answer: Future[Result]) -> Result:
        """The result of a future that a thread fulfils; what it raises is raised."""
        awaited: asyncio.Future[Result] = self._loop.create_future()
        answer.add_done_callback(lambda one: self._arrive(awaited, one))
        return await awaited

    def _arrive(self, awaited: asyncio.Future[Result], answer: Future[Result]) -> None:
        """Called in the thread that answers.

        The answer is queued before it is looked whether the loop will come, and the loop notes
        that it has come before it takes from the queue: so none is left lying.
        """
        self._done.append((awaited, answer))  # type: ignore[arg-type]
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._tell_all)

    def _tell_all(self) -> None:
        self._is_woken = False
        while self._done:
            awaited, answer = self._done.popleft()
            if awaited.cancelled():
                continue
            error = answer.exception()
            if error is not None:
                awaited.set_exception(error)
            else:
                awaited.set_result(answer.result())
