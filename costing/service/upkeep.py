"""What the service does beside answering: fold, fetch from Replicate, check budgets, forget.

Rule of this file: a round that fails is told and repeated at its next time; it never ends the
service. Folding happens at an interval, and at once when much has arrived since. Each kind of
round has a thread of its own, so that a long sync holds up no fold.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from costing.clock import Clock
from costing.failure import failure_of
from costing.service.journal import Journal
from costing.service.measures import Measures


@dataclass(frozen=True, slots=True)
class Ended:
    """How the rounds of one kind have gone.

    Attributes:
        done_at: when the last one that went well ended; None before the first.
        failure: why the last one failed, '' where it did not.
    """

    done_at: datetime | None = None
    failure: str = ""


class Rounds:
    """One kind of round, in a thread of its own."""

    def __init__(
        self,
        what: str,
        act: Callable[[], object],
        *,
        every_seconds: float,
        clock: Clock,
        journal: Journal,
        measures: Measures,
        load: int | None = None,
        is_at_once: bool = False,
    ) -> None:
        """Keep what to do; `begin` starts it.

        Args:
            what: "fold", "sync" or "budgets", for the log and the counters.
            every_seconds: from the end of one to the beginning of the next.
            load: arrivals after which the next one begins at once; None never.
            is_at_once: the first one does not wait for its time.
        """
        self.what = what
        self.every_seconds = every_seconds
        self.begun_at = clock()
        self.ended = Ended()
        self._act = act
        self._clock = clock
        self._journal = journal
        self._measures = measures
        self._load = load
        self._is_at_once = is_at_once
        self._arrived = 0
        self._is_due = threading.Event()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)

    def begin(self) -> None:
        """Start the thread."""
        if self._is_at_once:
            self._is_due.set()
        self._thread.start()

    def arrive(self, count: int) -> None:
        """Tell that rows arrived; called in the event loop only."""
        self._arrived += count
        if self._load is not None and self._arrived >= self._load:
            self._arrived = 0
            self._is_due.set()

    def stop(self, most_seconds: float) -> None:
        """Let the round that is under way end, for so long, and begin no other."""
        self._is_stopped = True
        self._is_due.set()
        if self._thread.is_alive():
            self._thread.join(most_seconds)

    def act(self) -> None:
        """Do one round, and tell how it went."""
        try:
            self._act()
        except Exception as error:  # noqa: BLE001 - a round that fails must not end the service
            failure = failure_of(error)
            self.ended = replace(self.ended, failure=failure.what)
            self._measures.count_round(self.what, is_done=False)
            self._journal.warn(f"{self.what} failed", reason=failure.what, help=failure.help)
        else:
            self.ended = Ended(self._clock())
            self._measures.count_round(self.what, is_done=True)

    def _run(self) -> None:
        while True:
            self._is_due.wait(self.every_seconds)
            self._is_due.clear()
            if self._is_stopped:
                return
            self.act()
