"""Ctrl-C: whether the user asked for an end, whatever came of it on its way here.

Rule of this file: whether a run was interrupted is known from the signal, not from the exception.
DuckDB ends its query at the signal and raises an error of its own in place of Python's
KeyboardInterrupt, a different one from version to version.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

from costing.errors import ExitCode


class _State:
    """Whether the signal has come; one a process, as signals are."""

    was_asked = False


def listen() -> None:
    """Note the signal from now on; one that the parent process has told us to ignore stays so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def was_asked() -> bool:
    """Whether the user has asked for an end."""
    return _State.was_asked


def end() -> int:
    """Say that the run was interrupted; a further Ctrl-C finds nothing to interrupt any more.

    Returns:
        The exit code.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.stderr is not None:
        try:
            print("interrupted", file=sys.stderr, flush=True)
        except OSError:
            sys.stderr = None
    return ExitCode.INTERRUPTED


def _note(number: int, frame: FrameType | None) -> None:
    _State.was_asked = True
    signal.default_int_handler(number, frame)
