"""An account with a history, a ledger that is filled from it, and a clock that the test moves."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from costing.app import Costing
from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.setting_value import Secret
from costing.settings import Settings
from tests.project.source_tree import ROOT
from tests.replicate.sample import Json, instant_text, make_id, make_prediction
from tests.replicate.server import TOKEN, ReplicateServer
from tests.turn import a_turn

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LIST_PAGE = 100


@dataclass
class Clock:
    """The current instant; also that of the server's account."""

    server: ReplicateServer
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.server.store.now = self.now


def record(number: int, before: timedelta, **changes: object) -> Json:
    """The record of a number that was created so long before `NOW`; it succeeded."""
    created = NOW - before
    times: Json = {
        "created_at": instant_text(created),
        "started_at": instant_text(created + timedelta(seconds=1)),
        "completed_at": instant_text(created + timedelta(seconds=4)),
    }
    return make_prediction(number, **{**times, **changes})


def running(number: int, before: timedelta) -> Json:
    """The same record while it runs."""
    changes: Json = {"status": "processing", "completed_at": None, "metrics": {}}
    return record(number, before, **changes)


def history(count: int, every: timedelta) -> list[Json]:
    """Records of which each is so much older than the one before it."""
    return [record(number, every * (number + 1)) for number in range(count)]


def ids(count: int) -> list[str]:
    return sorted(make_id(number) for number in range(count))


def open_costing(home: Path, server: ReplicateServer, clock: Clock, token: str = TOKEN) -> Costing:
    settings = Settings(home=home, api_token=Secret(token), api_url=server.url, lock_wait_seconds=0)
    return Costing(settings, clock=clock)


def stored(home: Path, column: str = "id") -> list[str]:
    """A column of all records of the ledger, ascending; nothing where there is no ledger."""
    try:
        with opened(home, a_turn()) as connection:
            rows = connection.execute(f"select {column} from prediction").fetchall()
    except NoLedger:
        return []
    return sorted(str(value) for (value,) in rows)


def asked(server: ReplicateServer, path: str) -> list[str]:
    """What was asked for below a path, in order."""
    return [target for target in server.targets if target.startswith(f"/v1/{path}")]


def start(home: Path, server: ReplicateServer, *arguments: str) -> subprocess.Popen[str]:
    """`costing sync` as a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COSTING_")}
    environment = {
        **kept,
        "COSTING_HOME": str(home),
        "COSTING_API_URL": server.url,
        "REPLICATE_API_TOKEN": TOKEN,
        "XDG_CONFIG_HOME": str(home / "no-settings"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")])),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "costing", "sync", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
