"""Questions, asked from the event loop and answered in threads.

Rule of this file: so many at once, so many waiting, each within its time; beyond that it is said
at once instead of letting everybody wait. One that was too slow goes on in its thread until it
ends and keeps its place until then, since nobody else may speak for DuckDB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from costing.service.error import ServiceBusy, TooSlow

AT_ONCE = 2
"""A question uses every core there is for itself: more at once only share them."""

MOST_OPEN = 32
MOST_SECONDS = 60.0

Answer = TypeVar("Answer")


class Questions:
    """The threads that answer, for one event loop."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        most_open: int = MOST_OPEN,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="question")
        self._most_open = most_open
        self._most_seconds = most_seconds
        self._open = 0

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer, once a thread has found it; what the question raises is raised.

        Raises:
            ServiceBusy: too many are open already.
            TooSlow: it took too long.
        """
        if self._open >= self._most_open:
            raise ServiceBusy(self._open)
        self._open += 1
        answer = asyncio.get_running_loop().run_in_executor(self._threads, question)
        answer.add_done_callback(self._close_one)
        try:
            async with asyncio.timeout(self._most_seconds):
                return await asyncio.shield(answer)
        except TimeoutError:
            raise TooSlow(self._most_seconds) from None

    def stop(self) -> None:
        """Answer what is open, and take no more."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _close_one(self, answer: asyncio.Future[Answer]) -> None:
        self._open -= 1
        if not answer.cancelled():
            answer.exception()  # Heard, though whoever asked may have gone.
