"""A server of our own and a client of it, whose waits take no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from costing.clock import system_clock
from costing.replicate.client import Client
from costing.replicate.limit import Limits
from costing.replicate.pacing import Pacing
from costing.setting_value import Secret
from tests.replicate.server import TOKEN, ReplicateServer
from tests.replicate.waiting import Waiting

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

Connect = Callable[..., Client]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[ReplicateServer]:
    with ReplicateServer() as server:
        yield server


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def connect(server: ReplicateServer, waiting: Waiting) -> Iterator[Connect]:
    """Makes clients of the server; every wait of theirs is the longest that may be drawn."""
    made: list[Client] = []

    def make(url: str = "", token: str = TOKEN, limits: Limits | None = None) -> Client:
        client = Client(
            Secret(token),
            url=url or server.url,
            limits=limits,
            clock=system_clock,
            pacing=Pacing(clock=waiting.clock),
            wait=waiting.wait,
            draw=lambda: 1.0,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()
