"""Processes that do something with the state and say what they did, one line each."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

PRELUDE = """
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from costing.state.connection import open_store
from costing.state.group_commit import GroupCommit
from costing.state.inbox import Arrival, Kind, Origin, append, delete_through, pending

NOW = datetime(2026, 11, 1, tzinfo=UTC)
home, name = Path(sys.argv[1]), sys.argv[2]

def say(line):
    # One write a line, so that a kill never leaves half of one.
    os.write(1, f"{line}\\n".encode())

def row(label):
    return Arrival(Origin.API, Kind.RECORD, label.encode())
"""


class Child:
    """A process that runs a script after the prelude; its lines can be heard one by one."""

    def __init__(self, script: str, home: Path, name: str = "child") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + script, str(home), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        """The next line, '' where the process ended; blocks until one of both."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def hear_all(self) -> list[str]:
        """All further lines, until the process ends."""
        assert self._process.stdout is not None
        return self._process.stdout.read().splitlines()

    def tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self, by: signal.Signals) -> None:
        self._process.send_signal(by)
        self._process.wait()

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
