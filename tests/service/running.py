"""A service in a process of its own, on a free port, and webhooks as Replicate sends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from costing.service.webhook import read_secret, sign
from costing.state.connection import open_store
from costing.state.inbox import Pending, pending

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_c29tZXRoaW5nIG9sZCBhbmQgd29ybg=="
SERVE = ("-m", "costing", "serve", "--port", "0", "--fold-every", "9w")
END_SECONDS = 60


@dataclass
class Running:
    """A service that listens."""

    process: subprocess.Popen[str]
    url: str
    home: Path
    client: httpx.Client = field(init=False)
    _log: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.client = httpx.Client(base_url=self.url, timeout=END_SECONDS, trust_env=False)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port, for those who speak through a bare socket."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def send_webhook(
        self, body: bytes, *, query: str = "", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """A webhook, signed unless the headers say otherwise."""
        chosen = signed_headers(body) if headers is None else headers
        return self.client.post(f"/webhooks/replicate{query}", content=body, headers=chosen)

    def count(self, name: str) -> float:
        """The value of a line of `/metrics`."""
        lines = self.client.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(f"{name} ")).split()[-1])

    def inbox(self) -> tuple[Pending, ...]:
        """What arrived."""
        with open_store(self.home) as store:
            return pending(store)

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, list[dict[str, object]]]:
        """End the process; its exit code, and the rest of its log."""
        self.client.close()
        self.process.send_signal(number)
        self.process.wait(END_SECONDS)
        self._reader.join(END_SECONDS)
        lines = [json.loads(line) for line in self._log if line.startswith("{")]
        return self.process.returncode, lines

    def _read_log(self) -> None:
        """Read what the process writes, which would wait for a reader before long."""
        assert self.process.stderr is not None
        with self.process.stderr as log:
            self._log += log

    def close(self) -> None:
        """Leave nothing open."""
        self.client.close()
        self.process.kill()
        self.process.wait()
        self._reader.join(END_SECONDS)


@contextmanager
def running(
    home: Path, command: Sequence[str] = SERVE, *, secrets: Sequence[str] = (SECRET,)
) -> Iterator[Running]:
    """A service with a data directory of its own, ended when the block is left."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(home) | {"COSTING_WEBHOOK_SECRET": " ".join(secrets)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    told = json.loads(first) if first.startswith("{") else {}
    if "url" not in told:
        raise AssertionError(first + process.communicate()[1])
    service = Running(process, told["url"], home)
    try:
        yield service
    finally:
        service.close()


def environment(home: Path) -> dict[str, str]:
    """Variables that keep a service away from the settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COSTING_")}
    kept.pop("REPLICATE_API_TOKEN", None)
    path = os.pathsep.join([str(ROOT), kept.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    folders = {
        "COSTING_HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "no-settings"),
        "XDG_CACHE_HOME": str(ROOT / "build" / "cache"),
    }
    return kept | {"PYTHONPATH": path} | folders


def costing(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in the same data directory."""
    return subprocess.run(
        [sys.executable, "-m", "costing", *arguments],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=END_SECONDS,
    )


def signed_headers(
    body: bytes, *, name: str = "msg_1", secret: str = SECRET, seconds_ago: int = 0
) -> dict[str, str]:
    """The headers of a webhook."""
    at = str(int(time.time()) - seconds_ago)
    return {
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": sign(read_secret(secret), name, at, body),
        "content-type": "application/json",
    }


def prediction(id_: str = "a", **changes: object) -> dict[str, object]:
    """A prediction that has ended."""
    return {
        "id": id_,
        "model": "owner/name",
        "status": "succeeded",
        "created_at": "2026-10-01T00:00:00Z",
        "completed_at": "2026-10-01T00:00:05Z",
        "input": {"prompt": "a secret wish"},
        "output": "what nobody else should see",
        "metrics": {"predict_time": 5.0},
        **changes,
    }


def webhook(id_: str = "a", **changes: object) -> bytes:
    """The same as a webhook's body."""
    return json.dumps(prediction(id_, **changes)).encode()
