"""Connections whose requests' heads have bounds in size and time, as `limits` gives bodies theirs.

Rule of this file: uvicorn bounds neither, so whoever sends a head without end fills the memory, and
whoever opens connections and says nothing uses up the files that the process may open.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from costing.service.limits import Limits
from costing.service.problem import MEDIA_TYPE, Problem


class _BoundedHead(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[Limits]

    _deadline: TimerHandle | None = None
    _is_in_head = False
    _head_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Whoever connects has to begin."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing has to come any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a head has come."""
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take a piece, of which what is beyond the head does not count."""
        super().data_received(data)
        if not self._is_in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > self.limits.most_head_bytes:
            detail = f"the head of the request is longer than {self.limits.most_head_bytes} bytes"
            self._refuse(Problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail))

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(self.limits.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """The head did not come in time; an earlier request on the connection is answered first."""
        if not getattr(self.cycle, "response_complete", True):
            self._wait_for_head()
            return
        if not self._is_in_head:  # Nothing was asked: an answer would be taken for the next one's.
            self.transport.close()
            return
        seconds = self.limits.head_seconds
        detail = f"the head of the request did not arrive within {seconds:g} seconds"
        self._refuse(Problem(HTTPStatus.REQUEST_TIMEOUT, detail))

    def _refuse(self, problem: Problem) -> None:
        """Say why, also in the log, and hang up."""
        self.logger.warning(problem.detail)
        body = problem.body()
        lines = (
            f"HTTP/1.1 {problem.status.value} {problem.status.phrase}",
            f"content-type: {MEDIA_TYPE}",
            f"content-length: {len(body)}",
            "connection: close",
        )
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.transport.close()


def bounded_heads(given: Limits) -> type[HttpToolsProtocol]:
    """The kind of connection that has these bounds."""

    class BoundedHead(_BoundedHead):
        limits = given

    return BoundedHead
