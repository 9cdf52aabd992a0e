"""A real HTTP server on 127.0.0.1 that behaves as Replicate's interface does.

It serves what its `store` holds, checks the token, counts requests, and can be told to fail in
the next answers (`fail`), to hold them back until it is released (`hold`), and to throttle
(`limit`). It runs in threads of this process, or in a process of its own so that it shares no
interpreter with what is measured:

    python -m tests.replicate.server --records 100000

which prints its address and serves until its standard input ends.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from threading import Event, Lock, Thread
from time import monotonic
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from tests.replicate.sample import make_prediction
from tests.replicate.store import Store

TOKEN = "r8_TestTokenThatIsNoRealOne0000000000000"
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Reply:
    """One answer.

    Attributes:
        cut_after: bytes of the body after which the connection is cut; None for a whole answer.
        is_sized: whether the answer tells its length; without, its end is that of the connection.
    """

    status: int = 200
    body: bytes = b""
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    is_sized: bool = True


NO_ANSWER = Reply(cut_after=-1)
"""The connection is closed without a word."""


def problem(status: int, title: str, detail: str, **headers: str) -> Reply:
    """An answer that is no success, in Replicate's words."""
    told = {"title": title, "detail": detail, "status": status}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(told).encode(), PROBLEM, named)


UNAUTHENTICATED = problem(401, "Unauthenticated", "You did not pass a valid authentication token")
OUT_OF_CREDIT = problem(
    402, "Insufficient credit", "You have insufficient credit to run this model."
)
FORBIDDEN = problem(403, "Forbidden", "You do not have permission to perform this action.")
NOTHING_THERE = problem(404, "Not found", "The requested resource could not be found.")
FAILED = problem(500, "Internal server error", "Something went wrong.")


def throttled(seconds: int) -> Reply:
    """The 429 of Replicate's documentation, with its headers."""
    detail = f"Request was throttled. Your rate limit resets in ~{seconds}s."
    body = json.dumps({"detail": detail}).encode()
    return Reply(429, body, JSON, {"ratelimit-remaining": "0", "ratelimit-reset": str(seconds)})


@dataclass
class Limit:
    """So many requests in each window of so many seconds of a clock."""

    requests: int
    window_seconds: int = 60
    clock: Callable[[], float] = monotonic
    _used: int = 0
    _window: int = -1

    def take(self) -> tuple[bool, dict[str, str]]:
        """Count one request: whether it is within the limit, and the headers that tell of it."""
        now = self.clock()
        window = int(now // self.window_seconds)
        if window != self._window:
            self._window, self._used = window, 0
        is_within = self._used < self.requests
        self._used += is_within
        seconds = int((window + 1) * self.window_seconds - now) + 1
        left = self.requests - self._used
        return is_within, {"ratelimit-remaining": str(left), "ratelimit-reset": str(seconds)}


@dataclass(frozen=True)
class Request:
    """A request as it came; headers by small letters."""

    target: str
    headers: dict[str, str]
    connection: int


class ReplicateServer(ThreadingHTTPServer):
    """The server; use it as a context. `url` is the base address to give to a client."""

    daemon_threads = True

    def __init__(self, store: Store | None = None, *, is_compressed: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = store or Store()
        self.token = TOKEN
        self.is_compressed = is_compressed
        self.limit: Limit | None = None
        self.requests: list[Request] = []
        self.between: Callable[[], object] = lambda: None
        """Called after each answer to a list: where the world changes between two pages."""
        self.on_request: Callable[[], object] = lambda: None
        """Called with each request that has come, before it is answered."""
        self._planned: deque[Reply] = deque()
        self._open = Event()
        self._open.set()
        self._lock = Lock()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def targets(self) -> list[str]:
        """What was asked for, in order."""
        return [request.target for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, *given: object) -> None:
        """Tell of an error in an answer, unless a client has hung up, which is its right."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*given)  # type: ignore[arg-type]

    def fail(self, *replies: Reply, times: int = 1) -> None:
        """Give these answers, so many times over, instead of the next ones."""
        self._planned.extend(replies * times)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Answer nothing inside the context."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def reply_to(self, request: Request) -> Reply:
        """The answer to a request, which is counted."""
        with self._lock:
            self.requests.append(request)
            planned = self._planned.popleft() if self._planned else None
            is_within, headers = self.limit.take() if self.limit else (True, {})
        self.on_request()
        self._open.wait()
        if planned is not None:
            return planned
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return UNAUTHENTICATED
        if not is_within:
            return throttled(int(headers["ratelimit-reset"]))
        body = self._body_of(request)
        return NOTHING_THERE if body is None else Reply(body=body, headers=headers)

    def _body_of(self, request: Request) -> bytes | None:
        parts = urlsplit(request.target)
        version, *path = parts.path.strip("/").split("/")
        if version != "v1":
            return None
        with self._lock:
            base = self.url if not parts.netloc else f"{parts.scheme}://{parts.netloc}/v1"
            body = self.store.answer(base, path, dict(parse_qsl(parts.query)))
            if path in (["predictions"], ["trainings"]):
                self.between()
        return body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ReplicateServer

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.reply_to(Request(self.path, headers, self.client_address[1]))
        if reply.cut_after == -1:
            self._cut()
            return
        body, extra = reply.body, dict(reply.headers)
        takes_gzip = "gzip" in headers.get("accept-encoding", "")
        if self.server.is_compressed and takes_gzip and "content-encoding" not in extra:
            body = gzip.compress(body, compresslevel=1)
            extra["content-encoding"] = "gzip"
        if reply.is_sized:
            extra.setdefault("content-length", str(len(body)))
        self.send_response(reply.status)
        if reply.kind:
            self.send_header("content-type", reply.kind)
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: reply.cut_after])
        if reply.cut_after is not None or not reply.is_sized:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve many records until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--compressed", action="store_true")
    given = parser.parse_args()
    store = Store()
    store.predictions.put(*map(make_prediction, range(given.records)))
    with ReplicateServer(store, is_compressed=given.compressed) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
