"""What all requests together may hold: bodies that come at the same time, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from costing.service.limits import Limiting, Limits

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

LIMITS = Limits(most_bytes=1000, most_held_bytes=1000)
SCOPE = {"type": "http", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}


async def _echo_length(_scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % len(message["body"])})


class _Request:
    """A request whose body waits for its end to be allowed."""

    def __init__(self, application: Limiting, pieces: Iterable[bytes]) -> None:
        self.may_end = asyncio.Event()
        self.is_read = asyncio.Event()
        self.answer: list[Message] = []
        self._pieces = iter(pieces)
        self.task = asyncio.create_task(application(dict(SCOPE), self._receive, self._send))

    async def end(self) -> int:
        """Let the body end; the status of the answer."""
        self.may_end.set()
        await self.task
        return int(self.answer[0]["status"])

    async def _receive(self) -> Message:
        piece = next(self._pieces, None)
        if piece is not None:
            return {"type": "http.request", "body": piece, "more_body": True}
        self.is_read.set()
        await self.may_end.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        self.answer.append(message)


def test_bodies_together_have_a_bound_and_leave_room_when_they_are_gone() -> None:
    refused: list[HTTPStatus] = []

    async def send_three() -> list[int]:
        application = Limiting(_echo_length, LIMITS, lambda _, status: refused.append(status))
        first = _Request(application, [b"x" * 300, b"x" * 300])
        await first.is_read.wait()
        second = await _Request(application, [b"x" * 600]).end()
        return [second, await first.end(), await _Request(application, [b"x" * 1000]).end()]

    statuses = asyncio.run(send_three())

    assert statuses == [503, 200, 200]
    assert refused == [HTTPStatus.SERVICE_UNAVAILABLE]
