"""What a request may cost before anything looks at it: size, time, and how many at once.

Rule of this file: the body is read whole, within its bounds, before the application is called, so
that no route can forget to. uvicorn itself bounds neither. The answers are problems.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from costing.service.problem import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a request.

    Attributes:
        most_head_bytes: longest head; a piece more may have been read when it is noticed.
        head_seconds: time in which it has to arrive, from the connection on.
        most_bytes: longest body.
        body_seconds: time in which it has to arrive.
        most_held_bytes: bodies of all requests that are under way, together: so many that the
            largest come near to what memory a small machine has to spare.
        most_requests: requests that may be under way at once.
        most_rows: records in one body.
    """

    most_head_bytes: int = 64 * 1024
    head_seconds: float = 20.0
    most_bytes: int = MEBIBYTE
    body_seconds: float = 20.0
    most_held_bytes: int = 256 * MEBIBYTE
    most_requests: int = 2_000
    most_rows: int = 1_000


class BodyTooLong(Exception):
    """More came than may come."""


class TooMuchHeld(Exception):
    """The bodies of all requests together are longer than they may be."""


class Gone(Exception):
    """Whoever sent the request has gone."""


class Limiting:
    """The application behind the bounds."""

    def __init__(
        self, application: ASGIApp, limits: Limits, refused: Callable[[str, HTTPStatus], None]
    ) -> None:
        """Wrap an application.

        Args:
            refused: told the path and the status of what the bounds refuse.
        """
        self._application = application
        self._limits = limits
        self._refused = refused
        self._under_way = 0
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass the event loop's own messages on."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if self._under_way >= self._limits.most_requests:
            problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too many requests at once")
            await self._refuse(problem, scope, receive, send)
            return
        self._under_way += 1
        body = bytearray()
        try:
            await self._answer(body, scope, receive, send)
        finally:
            self._under_way -= 1
            self._held_bytes -= len(body)

    async def _answer(self, body: bytearray, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, and have the request answered."""
        try:
            await self._read(body, scope, receive)
        except BodyTooLong:
            detail = f"the body is longer than {self._limits.most_bytes} bytes"
            problem = Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, "send it in parts")
        except TooMuchHeld:
            problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too many long bodies at once")
        except TimeoutError:
            detail = f"the body did not arrive within {self._limits.body_seconds:g} seconds"
            headers = {"Connection": "close"}
            problem = Problem(HTTPStatus.REQUEST_TIMEOUT, detail, headers=headers)
        except Gone:
            return
        else:
            await self._application(scope, _replay(bytes(body), receive), send)
            return
        await self._refuse(problem, scope, receive, send)

    async def _refuse(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        self._refused(scope["path"], problem.status)
        await problem.response()(scope, receive, send)

    async def _read(self, body: bytearray, scope: Scope, receive: Receive) -> None:
        """Read the whole body.

        Raises:
            BodyTooLong, TooMuchHeld, TimeoutError, Gone: it did not come as it should.
        """
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length")
        if declared is None and b"transfer-encoding" not in headers:
            return
        if declared is not None and int(declared) > self._limits.most_bytes:
            raise BodyTooLong
        async with asyncio.timeout(self._limits.body_seconds):
            await self._collect(body, receive)

    async def _collect(self, body: bytearray, receive: Receive) -> None:
        has_more = True
        while has_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            piece = message.get("body", b"")
            body += piece
            self._held_bytes += len(piece)
            if len(body) > self._limits.most_bytes:
                raise BodyTooLong
            if self._held_bytes > self._limits.most_held_bytes:
                raise TooMuchHeld
            has_more = message.get("more_body", False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already; after it, whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
