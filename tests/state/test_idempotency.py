"""Idempotency keys: done once, answered alike, for a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from costing.state.group_commit import GroupCommit
from costing.state.idempotency import (
    VALID_FOR,
    Answer,
    KeyedRequest,
    KeyReused,
    answer_once,
    forget_answers,
)
from costing.state.inbox import Arrival, Kind, Origin, append, pending
from costing.state.store import Store, Transaction

NOW = datetime(2026, 11, 1, tzinfo=UTC)
REQUEST = KeyedRequest("1", "key", b"digest")
SECOND = timedelta(seconds=1)


def _answer(
    transaction: Transaction, body: bytes, request: KeyedRequest = REQUEST, now: datetime = NOW
) -> Answer | KeyReused:
    """Append a row and answer with its body."""

    def act() -> Answer:
        append(transaction, [Arrival(Origin.API, Kind.RECORD, body)], now)
        return Answer(202, body)

    return answer_once(transaction, request, now, act)


def _ask(
    store: Store, body: bytes, request: KeyedRequest = REQUEST, now: datetime = NOW
) -> Answer | KeyReused:
    with store.transaction() as transaction:
        return _answer(transaction, body, request, now)


def _bodies(store: Store) -> list[bytes]:
    return [row.body for row in pending(store)]


def test_repeat_is_answered_as_the_first_and_does_nothing(store: Store) -> None:
    first, second = _ask(store, b"first"), _ask(store, b"second", now=NOW + VALID_FOR)

    assert first == second == Answer(202, b"first")
    assert _bodies(store) == [b"first"]


def test_key_for_another_request_is_a_conflict(store: Store) -> None:
    _ask(store, b"first")

    answer = _ask(store, b"second", KeyedRequest("1", "key", b"other digest"))

    assert answer == KeyReused("key")
    assert _bodies(store) == [b"first"]


@pytest.mark.parametrize(
    "other",
    [KeyedRequest("1", "other", b"digest"), KeyedRequest("2", "key", b"digest")],
    ids=["key", "client"],
)
def test_other_key_or_client_is_another_request(other: KeyedRequest, store: Store) -> None:
    _ask(store, b"first")

    assert _ask(store, b"second", other) == Answer(202, b"second")


def test_key_is_free_again_after_a_day(store: Store) -> None:
    _ask(store, b"first")
    later = NOW + VALID_FOR + SECOND

    answers = [_ask(store, body, now=later) for body in (b"second", b"third")]

    assert answers == [Answer(202, b"second")] * 2


def test_request_that_failed_may_be_sent_again(store: Store) -> None:
    def fail() -> Answer:
        raise TimeoutError

    with store.transaction() as transaction, pytest.raises(TimeoutError):
        answer_once(transaction, REQUEST, NOW, fail)

    assert _ask(store, b"again") == Answer(202, b"again")


def test_forgetting_is_bounded_and_spares_what_is_valid(store: Store) -> None:
    for number in range(5):
        _ask(store, b"old", KeyedRequest("1", f"old {number}", b""), NOW - SECOND)
    _ask(store, b"valid")

    with store.transaction() as transaction:
        counts = [forget_answers(transaction, NOW + VALID_FOR, most_rows=3) for _ in range(3)]

    assert counts == [3, 2, 0]
    assert _ask(store, b"again", now=NOW + VALID_FOR) == Answer(202, b"valid")


def test_same_key_at_the_same_moment_is_done_once(tmp_path: Path, store: Store) -> None:
    with GroupCommit(tmp_path) as writer, ThreadPoolExecutor(8) as pool:

        def send(number: int) -> Answer | KeyReused:
            body = b"%d" % number
            return writer.submit(lambda transaction: _answer(transaction, body)).result()

        answers = set(pool.map(send, range(40)))

    [body] = _bodies(store)
    assert answers == {Answer(202, body)}
