"""The command `costing`: parse, call the application, present.

Rule of this package: stdout is data, stderr is talk. A command parses its options, calls one use
case and writes the answer; it decides nothing about money. Nothing heavy is imported before a
command needs it, and `--version` not even the command line itself.
"""

from __future__ import annotations

import sys

from costing import __version__
from costing.cli import interruption, stream


def main() -> int:
    """Run the command line of this process and return its exit code."""
    stream.occupy_closed()
    interruption.listen()
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:  # While this program was still being imported, or was just ending.
        return interruption.end()


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"] and stream.is_written(f"costing {__version__}\n".encode()):
        return 0
    from costing.cli.idle import is_idle_check

    if is_idle_check(arguments):
        return 0
    from costing.cli.run import run

    return run(arguments)
