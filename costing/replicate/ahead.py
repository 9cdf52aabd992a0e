"""Fetching ahead: the next page is on its way while this one is being stored.

Rule of this file: one thread, a bound on what it has fetched, and an end on every path: at the
last item, at an error, and when the caller stops early, however it stops.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")

THREAD_NAME: Final = "costing-ahead"
LONGEST_PARTING_SECONDS: Final = 1.0
"""How long to wait for the thread when it is stopped in the middle of an item; it is a daemon and
ends by itself after that item, whose result nobody sees."""


def fetched_ahead(items: Iterator[Item], depth: int = 2) -> Generator[Item, None, None]:
    """The same items in the same order, up to `depth` of them fetched before they are asked for.

    The items are made in a thread of their own from the first `next` on. An exception of theirs
    is raised in its place, after the items before it. Close the generator to stop early; leaving
    it to the garbage collector or to Ctrl-C comes to the same.

    Args:
        items: an iterator that nobody else uses. If it can be closed, the thread closes it.
        depth: items that may be ready or under way, 1 or more.
    """
    fetching = _Fetching(items, depth)
    try:
        yield from fetching.taken()
    finally:
        fetching.stop()


@dataclass(frozen=True, slots=True)
class _Fetched(Generic[Item]):
    item: Item


@dataclass(frozen=True, slots=True)
class _Ended:
    pass


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class _Fetching(Generic[Item]):
    """The thread that fetches, and what it has fetched."""

    def __init__(self, items: Iterator[Item], depth: int) -> None:
        self._items = items
        self._room = Semaphore(depth)
        self._ready: SimpleQueue[_Fetched[Item] | _Ended | _Failed] = SimpleQueue()
        self._stopped = Event()
        self._thread = Thread(target=self._fetch, name=THREAD_NAME, daemon=True)
        self._thread.start()

    def taken(self) -> Iterator[Item]:
        """The items, each making room for another one when it is taken."""
        while True:
            match self._ready.get():
                case _Fetched(item):
                    self._room.release()
                    yield item
                case _Ended():
                    return
                case _Failed(error):
                    raise error

    def stop(self) -> None:
        """End the thread; harmless when it has ended."""
        self._stopped.set()
        self._room.release()
        self._thread.join(LONGEST_PARTING_SECONDS)

    def _fetch(self) -> None:
        try:
            self._fetch_all()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._ready.put(_Failed(error))
        else:
            self._ready.put(_Ended())

    def _fetch_all(self) -> None:
        try:
            while self._has_room():
                self._ready.put(_Fetched(next(self._items)))
        except StopIteration:
            return
        finally:
            if isinstance(self._items, Generator):
                self._items.close()

    def _has_room(self) -> bool:
        """Wait for room; whether to go on."""
        self._room.acquire()
        return not self._stopped.is_set()
