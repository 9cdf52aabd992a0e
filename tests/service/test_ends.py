"""What a service owes when it is slow, stopped or killed."""

from __future__ import annotations

import json
import resource
import signal
import socket
import threading
from pathlib import Path

import httpx
import pytest

from costing.state.file import STATE_FILE
from costing.state.inbox import Kind
from tests.service.running import ROOT, Running, running, signed_headers, webhook

SENDERS = 8
BEFORE_THE_END = 200


def _request(body: bytes, headers: dict[str, str], length: int) -> bytes:
    lines = ["POST /webhooks/replicate HTTP/1.1", "host: localhost", f"content-length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _read_all(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def _ids(service: Running) -> list[str]:
    return [json.loads(row.body)["id"] for row in service.inbox() if row.kind is Kind.RECORD]


class _Senders:
    """Threads that send webhooks until the service is gone, and what was acknowledged to them."""

    def __init__(self, service: Running, name: str) -> None:
        self._name = name
        self._service = service
        self._enough = threading.Semaphore(0)
        self.acknowledged: list[str] = []
        self._threads = [
            threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self._enough.acquire(timeout=60)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _send(self, number: int) -> None:
        with httpx.Client(base_url=self._service.url, timeout=60, trust_env=False) as client:
            for serial in range(10**6):
                id_ = f"{self._name}-{number}-{serial}"
                body = webhook(id_)
                try:
                    answer = client.post(
                        "/webhooks/replicate",
                        content=body,
                        headers=signed_headers(body, name=id_),
                    )
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    self.acknowledged.append(id_)
                    self._enough.release()


def test_kill_loses_and_doubles_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    for name in ("first", "second"):  # The second service goes on where the first was killed.
        with running(tmp_path) as service:
            senders = _Senders(service, name)
            senders.wait_for(BEFORE_THE_END)
            service.end(signal.SIGKILL)
            senders.join()
            acknowledged += senders.acknowledged
            ids = _ids(service)

        assert set(acknowledged) <= set(ids)
        assert len(ids) == len(set(ids))


def test_request_in_flight_is_answered_after_sigterm(tmp_path: Path) -> None:
    body = webhook("in-flight")
    with running(tmp_path) as service, socket.create_connection(service.place) as connection:
        whole = _request(body, signed_headers(body, name="in-flight"), len(body))
        connection.sendall(whole[:-10])
        service.client.get("/healthz")  # Whoever answers this has read what was sent before.
        service.process.send_signal(signal.SIGTERM)
        connection.sendall(whole[-10:])
        answer = _read_all(connection)
        code, log = service.end()

    assert answer.startswith(b"HTTP/1.1 200")
    assert _ids(service) == ["in-flight"]
    assert (code, log[-1]["event"]) == (0, "ended")


def test_ctrl_c_ends_with_its_code(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        code, _ = service.end(signal.SIGINT)

    assert code == 130


def test_slow_body_is_given_up(tmp_path: Path) -> None:
    command = (str(ROOT / "tests" / "service" / "short_limits.py"), str(tmp_path))
    with running(tmp_path, command) as service:
        with socket.create_connection(service.place) as connection:
            connection.sendall(_request(b"{", {}, 100))
            answer = _read_all(connection)
        count = service.count('costing_webhooks_total{outcome="slow"}')

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer
    assert count == 1


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nhost: local", id="a part"),
        pytest.param(
            b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /healthz HT", id="one and a part"
        ),
    ],
)
def test_head_that_does_not_come_is_given_up(tmp_path: Path, sent: bytes) -> None:
    command = (str(ROOT / "tests" / "service" / "short_limits.py"), str(tmp_path))
    with (
        running(tmp_path, command) as service,
        socket.create_connection(service.place) as connection,
    ):
        connection.sendall(sent)
        answer = _read_all(connection)

    assert answer.count(b"HTTP/1.1 200") == sent.count(b"\r\n\r\n")
    assert answer.count(b"HTTP/1.1 408") == bool(sent)


def test_head_without_end_is_refused(tmp_path: Path) -> None:
    command = (str(ROOT / "tests" / "service" / "short_limits.py"), str(tmp_path))
    with (
        running(tmp_path, command) as service,
        socket.create_connection(service.place) as connection,
    ):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nlong: " + b"x" * 5000)
        answer = _read_all(connection)

    assert answer.startswith(b"HTTP/1.1 431")
    assert b"application/problem+json" in answer


def test_webhook_is_not_taken_into_a_state_that_was_moved_away(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        _send(service, "before")
        (tmp_path / STATE_FILE).rename(tmp_path / "moved")
        refused = _send(service, "refused")
        ready = service.client.get("/readyz")
        (tmp_path / "moved").rename(tmp_path / STATE_FILE)
        taken = _send(service, "after")

    assert (refused.status_code, ready.status_code, taken.status_code) == (503, 503, 200)
    assert "start the program anew" in refused.json()["help"]
    assert _ids(service) == ["before", "after"]


def test_more_requests_than_may_be_are_asked_to_come_again(tmp_path: Path) -> None:
    command = (str(ROOT / "tests" / "service" / "short_limits.py"), str(tmp_path))
    with running(tmp_path, command) as service:
        with socket.create_connection(service.place) as connection:
            connection.sendall(_request(b"{", {}, 100))
            refused = service.client.get("/healthz")
            _read_all(connection)
        taken = service.client.get("/healthz")

    assert (refused.status_code, taken.status_code) == (503, 200)
    assert "retry-after" in refused.headers


def test_webhook_that_cannot_be_written_is_asked_to_come_again(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        _send(service, "before")
        _let_no_file_grow(service)
        refused = _send(service, "refused")
        ready = service.client.get("/readyz")
        _let_files_grow(service)
        taken = _send(service, "after")

    assert (refused.status_code, ready.status_code, taken.status_code) == (503, 503, 200)
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert _ids(service) == ["before", "after"]


def _send(service: Running, id_: str) -> httpx.Response:
    body = webhook(id_)
    return service.send_webhook(body, headers=signed_headers(body, name=id_))


def _let_no_file_grow(service: Running) -> None:
    """What a full disk does to a file, SQLite hears as an error of writing."""
    _, most = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (1, most))


def _let_files_grow(service: Running) -> None:
    _, most = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (most, most))
