"""Every answer counted, and told in the log where it is worth a line.

Rule of this file: routes are counted by their pattern, never by the path that was asked for.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from costing.service.webhook import PATH

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from costing.service.service import Service

UNKNOWN_ROUTE = "(none)"
QUIET = frozenset({PATH, "/healthz", "/readyz", "/metrics"})
"""Routes that are told of only where they went wrong: they come by the thousand."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PATH_CHARACTERS = 200


class Watching:
    """The application under watch."""

    def __init__(self, application: ASGIApp, service: Service) -> None:
        self._application = application
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it was answered."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begin = perf_counter()
        try:
            await self._application(scope, receive, note)
        finally:
            self._tell(scope, status, perf_counter() - begin)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", UNKNOWN_ROUTE)
        method = scope["method"] if scope["method"] in METHODS else UNKNOWN_ROUTE
        self._service.measures.count_request(method, route, status, seconds)
        if route in QUIET and status < 400:
            return
        client = scope.get("client")
        self._service.journal.tell(
            "answered",
            method=method,
            path=scope["path"][:_PATH_CHARACTERS],
            status=status,
            milliseconds=round(seconds * 1000, 1),
            client=client[0] if client else "",
        )
