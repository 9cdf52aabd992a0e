"""A server of our own, and a ledger to be filled from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costing.app import Costing
from tests.replicate.conftest import PROXY_VARIABLES
from tests.replicate.server import ReplicateServer
from tests.sync.world import NOW, Clock, open_costing


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[ReplicateServer]:
    with ReplicateServer() as server:
        server.store.now = NOW
        yield server


@pytest.fixture
def clock(server: ReplicateServer) -> Clock:
    return Clock(server)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def costing(home: Path, server: ReplicateServer, clock: Clock) -> Costing:
    return open_costing(home, server, clock)
