"""A real HTTP server on 127.0.0.1 that takes messages, and answers as it is told.

It notes every request before it answers, as a receiver does that has acted on it. What it answers
is decided by `answer`, which is given the request and may return `LOST` (the request counts, and
the connection is cut before a word) or hold the request until `release`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    number: int

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """`is_lost`: the connection is cut instead, `is_cut`: in the middle of the body. `is_heard`:
    whether the request counts.
    """

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "text/plain"})
    is_lost: bool = False
    is_heard: bool = True
    is_held: bool = False
    is_cut: bool = False


OK = Answer()
ACCEPTED = Answer(202, b'{"status":"success"}', {"content-type": JSON})
LOST = Answer(is_lost=True)
FAILED = Answer(500, b"rollup_error", is_heard=False)
HELD = Answer(is_held=True)


class Receiver:
    """The server; a context in which it serves."""

    def __init__(self, answer: Callable[[Request], Answer] = lambda _: OK) -> None:
        self.answer = answer
        self.heard: list[Request] = []
        self.asked: list[Request] = []
        self.arrived = Event()
        self._released = Event()
        self._lock = Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._take(self)

            def do_GET(self) -> None:
                receiver._take(self)

            def log_message(self, *_: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that was killed in the middle is what these tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook/T0/secret-part"

    def release(self) -> None:
        self._released.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            request = Request(handler.path, headers, body, len(self.asked))
            self.asked.append(request)
            answer = self.answer(request)
            if answer.is_heard:
                self.heard.append(request)
        self.arrived.set()
        if answer.is_held:
            self._released.wait()
        if answer.is_lost or answer.is_held:
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        promised = len(answer.body) * (2 if answer.is_cut else 1)
        for name, value in {**answer.headers, "content-length": str(promised)}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)
        if answer.is_cut:
            handler.close_connection = True
