"""Measuring whole processes: wall time, processor time and peak memory of each alone.

Rule of this file: what is measured runs in a process of its own, whose use of memory the kernel
tells when it ends (wait4(2)). A new process begins with the peak of the one that started it, so
whoever measures stays small and never imports DuckDB.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "bench"
"""What the benchmarks make and use again; git does not see it."""

KIBIBYTE = 1024
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process took.

    Attributes:
        seconds: from its start to its end.
        processor_seconds: of all its threads.
        peak_bytes: most memory that it held at once; 0 where that was not measured.
        output: what it wrote to stdout.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int = 0
    output: str = ""


class ProcessFailed(Exception):
    """A measured process did not end well: its figures mean nothing."""

    def __init__(self, command: Sequence[str], code: int, complaint: str) -> None:
        super().__init__(f"{' '.join(command)} ended with {code}: {complaint[-2000:]}")


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end and measure it.

    Raises:
        ProcessFailed: it did not end with 0.
    """
    with TemporaryFile("w+") as output, TemporaryFile("w+") as complaint:
        begin = perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=complaint
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        complaint.seek(0)
        if process.returncode != 0:
            raise ProcessFailed(command, process.returncode, complaint.read())
        return Measured(
            seconds=seconds,
            processor_seconds=usage.ru_utime + usage.ru_stime,
            peak_bytes=usage.ru_maxrss * KIBIBYTE,
            output=output.read(),
        )


def interleave(
    contenders: Sequence[Callable[[], Measured]], repeats: int
) -> list[tuple[Measured, ...]]:
    """Measure contenders in turn, A B A B …, so that what disturbs one disturbs the other.

    Returns:
        For each contender its measurements, in order.
    """
    rounds = [tuple(contender() for contender in contenders) for _ in range(repeats)]
    return list(zip(*rounds, strict=True))


def python(*arguments: str | Path) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *map(str, arguments)]


def costing(*arguments: str | Path) -> list[str]:
    """The command `costing` as this Python has it installed, else as a module of the tree."""
    script = Path(sys.executable).with_name("costing")
    command = [str(script)] if script.exists() else python("-m", "costing")
    return [*command, *map(str, arguments)]


def costing_environment(home: Path) -> dict[str, str]:
    """Variables under which `costing` works in `home` and sees nobody's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COSTING_")}
    nowhere = str(home / "no-settings")
    return kept | {"COSTING_HOME": str(home), "XDG_CONFIG_HOME": nowhere, "NO_COLOR": "1"}
