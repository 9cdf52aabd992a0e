"""Several things fetched at the same time, taken one after the other.

Rule of this file: each lane is fetched ahead in a thread of its own, and whoever takes is alone, so
that what is taken can be stored without locks. All lanes end together, however taking ends.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from threading import Thread
from typing import TypeVar

from costing.replicate.ahead import fetched_ahead
from costing.replicate.error import AccessRefused, RecordMissing, RequestRefused

Item = TypeVar("Item")
Question = TypeVar("Question")
Answer = TypeVar("Answer")

_OF_ONE = (RecordMissing, AccessRefused, RequestRefused)
"""Refusals that say something of the one that was asked for; the token and the account were
accepted a moment before. Nothing else is kept from being asked for by them."""

MOST_QUESTIONS = 8
"""Single records that are asked for at the same time."""

BATCH = 100
"""Single records that are kept together: as many as a page has."""


def taken_in_turn(lanes: Sequence[Iterator[Item]]) -> Iterator[tuple[int, Item]]:
    """The items of all lanes, one of each in turn, with the lane's place.

    An exception of a lane is raised where its item would have come.
    """
    fetched = {place: fetched_ahead(lane) for place, lane in enumerate(lanes)}
    try:
        while fetched:
            for place, ahead in list(fetched.items()):
                try:
                    item = next(ahead)
                except StopIteration:
                    del fetched[place]
                    continue
                yield place, item
    finally:
        _close(list(fetched.values()))


def answered(
    questions: Sequence[Question], ask: Callable[[Question], Answer]
) -> Iterator[list[tuple[Question, Answer | None]]]:
    """Questions with their answers, some at a time; None where Replicate has, or shows, nothing."""

    def lane(place: int) -> Iterator[tuple[Question, Answer | None]]:
        for question in questions[place::MOST_QUESTIONS]:
            try:
                yield question, ask(question)
            except _OF_ONE:
                yield question, None

    lanes = [lane(place) for place in range(min(MOST_QUESTIONS, len(questions)))]
    yield from _batches(pair for _, pair in taken_in_turn(lanes))


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The same in lists of at most `BATCH`."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _close(fetched: Sequence[Generator[Item, None, None]]) -> None:
    """Stop all lanes at once: each waits a little for the request that is under way."""
    threads = [Thread(target=ahead.close) for ahead in fetched]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
