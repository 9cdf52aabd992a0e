"""Nothing between us and the servers of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costing.state.connection import open_store
from costing.state.store import Store
from tests.notify.receiver import Receiver
from tests.notify.sample import Clock


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def clock() -> Clock:
    return Clock()
