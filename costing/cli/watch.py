"""Doing the same again and again until somebody ends it.

Rule of this file: what passes by itself is told in a line, and the next round is at its time; all
else ends the watch as it would end a single run. SIGTERM ends it at once and well, for that is how
a service manager ends what it started; Ctrl-C interrupts it as any command.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from types import FrameType

from costing.cli.output import say
from costing.errors import CostingError, Locked
from costing.failure import failure_of


class _Ended(BaseException):
    """SIGTERM has come."""


def repeat(act: Callable[[], None], every: timedelta) -> None:
    """Act, wait, act again; returns when SIGTERM comes.

    Args:
        every: from the end of one round to the beginning of the next.

    Raises:
        CostingError: a round failed in a way that does not pass by itself.
    """
    try:
        with _ending_on_request():
            while True:
                _try(act)
                Event().wait(every.total_seconds())
    except _Ended:
        return


def _try(act: Callable[[], None]) -> None:
    from costing.replicate.error import ReplicateError

    try:
        act()
    except CostingError as error:
        is_passing = isinstance(error, ReplicateError) and error.is_transient
        if not is_passing and not isinstance(error, Locked):
            raise
        say(f"{failure_of(error).what}; trying again at the next round")


@contextmanager
def _ending_on_request() -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise _Ended

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
