"""The command `costing`: parse, call the application, present.

Rule of this package: stdout is data, stderr is talk. A command parses its options, calls one use
case and writes the answer; it decides nothing about money. Nothing heavy is imported before a
command needs it, and `--version` not even the command line itself.
"""

from __future__ import annotations

import sys

from costing import __version__


def main() -> int:
    """Run the command line of this process and return its exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print(f"costing {__version__}")
        return 0
    from costing.cli.run import run

    return run(arguments)
