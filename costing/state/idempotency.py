"""Requests that carry an Idempotency-Key: done once, answered alike ever after.

Rule of this file: the answer is kept in the transaction that does what was asked. So a request was
either done and answered, or neither; two with one key at the same moment do not meet half-way,
since transactions follow one another: the second gets the first one's answer. The header is
described in https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from costing.state.instant import to_microseconds

if TYPE_CHECKING:
    from costing.state.store import Reader, Transaction, Values

VALID_FOR = timedelta(hours=24)
"""How long an answer is remembered; after that the same key is a new request."""

MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request that carries a key.

    Attributes:
        client: whose key it is (a token's id), since others may choose the same.
        key: the header's value.
        digest: SHA-256 of all that the answer depends on.
    """

    client: str
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered.

    Attributes:
        status: HTTP status.
        is_repeated: whether it was done, and answered so, before.
    """

    status: int
    body: bytes
    is_repeated: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key belongs to a request that asked for something else; HTTP 422."""

    key: str


def answer_once(
    transaction: Transaction, request: KeyedRequest, now: datetime, act: Callable[[], Answer]
) -> Answer | KeyReused:
    """Do what a request asks for, unless it was done already: then answer as was answered then.

    Args:
        act: does it, in the same transaction. Where it raises, nothing is kept.
    """
    found = _find(transaction, request, now)
    if found is not None:
        return found
    answer = act()
    values: Values = {
        "client": request.client,
        "key": request.key,
        "request_digest": request.digest,
        "status": answer.status,
        "body": answer.body,
        "created_at": to_microseconds(now),
    }
    transaction.run("keep_answer", values)
    return answer


def forget_answers(transaction: Transaction, now: datetime, *, most_rows: int = MOST_ROWS) -> int:
    """Forget answers that are not valid any more; how many it were, `most_rows` at most."""
    values = {"before": to_microseconds(now - VALID_FOR), "most_rows": most_rows}
    return transaction.run("forget_answers", values)


def _find(reader: Reader, request: KeyedRequest, now: datetime) -> Answer | KeyReused | None:
    """What is remembered under the request's key."""
    values: Values = {
        "client": request.client,
        "key": request.key,
        "valid_from": to_microseconds(now - VALID_FOR),
    }
    for digest, status, body in reader.fetch("find_answer", values):
        if digest != request.digest:
            return KeyReused(request.key)
        return Answer(status, body, is_repeated=True)
    return None
