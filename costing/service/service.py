"""What the routes share: the application, the inbox' writer, the counters and the clock.

Rule of this file: one value of this class a process. It opens the state when the event loop
begins and lets go of it when the last answer is out, in the order that loses nothing: no more
questions, the last round, the last commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from costing.clock import Clock, system_clock
from costing.service.bridge import Bridge
from costing.service.journal import Journal
from costing.service.limits import Limits
from costing.service.measures import Measures
from costing.service.question import Questions
from costing.service.upkeep import Rounds
from costing.state.connection import open_store
from costing.state.group_commit import GroupCommit
from costing.state.idempotency import forget_answers
from costing.state.inbox import forget_messages

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.budget.check import CheckResult
    from costing.state.store import Transaction

STOP_SECONDS = 20.0
FOLD_LOAD = 20_000
FORGET_EVERY_SECONDS = 600.0

Result = TypeVar("Result")


class Writer(Protocol):
    """What writes to the state for everybody: `costing.state.group_commit.GroupCommit`."""

    def submit(self, work: Callable[[Transaction], Result]) -> Future[Result]:
        """Have it done in a transaction that others share."""

    def close(self) -> None:
        """Commit what was taken in, and end."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is done beside answering, and how often.

    Attributes:
        fold: brings the inbox into the ledger; None leaves that to other processes.
        sync: fetches from Replicate; None never.
        check_budgets: evaluates the budgets and tells what is new; None never.
    """

    fold: Callable[[], object] | None = None
    fold_every_seconds: float = 30.0
    fold_load: int = FOLD_LOAD
    sync: Callable[[], object] | None = None
    sync_every_seconds: float = 300.0
    check_budgets: Callable[[], CheckResult] | None = None
    check_budgets_every_seconds: float = 300.0


class Service:
    """Everything that one service works with."""

    def __init__(
        self,
        costing: Costing,
        *,
        webhook_keys: Sequence[bytes] = (),
        hash_key: bytes | None = None,
        is_loopback: bool = True,
        limits: Limits | None = None,
        upkeep: Upkeep | None = None,
        open_writer: Callable[[], Writer] | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Keep what the service works with.

        Args:
            webhook_keys: keys by which webhooks may be signed; without any none is taken.
            hash_key: key of the hash of inputs; None keeps none.
            is_loopback: only this machine's users can reach it.
            open_writer: makes the writer; that of the state by default.
            clock: the current instant, aware.
        """
        self.costing = costing
        self.webhook_keys = tuple(webhook_keys)
        self.hash_key = hash_key
        self.is_loopback = is_loopback
        self.limits = limits or Limits()
        self.clock = clock
        self.measures = Measures()
        self.journal = Journal()
        self.questions = Questions()
        # Apart from those, which wait for whoever holds the ledger.
        self.lookups = Questions()
        self._open_writer = open_writer or (lambda: GroupCommit(costing.settings.home))
        self.rounds = tuple(self._rounds(upkeep or Upkeep()))

    def begin(self) -> None:
        """Open the state and start the rounds; called in the event loop's thread.

        Raises:
            CostingError: the state cannot be opened.
        """
        self._bridge = Bridge(asyncio.get_running_loop())
        self.writer = self._open_writer()
        self.store = open_store(self.costing.settings.home, is_handed_over=True)
        for one in self.rounds:
            one.begin()

    def end(self) -> None:
        """Let go of everything, once no request is under way."""
        self.questions.stop()
        self.lookups.stop()
        for one in self.rounds:
            one.stop(STOP_SECONDS)
        self.writer.close()
        self.store.close()

    async def write(self, work: Callable[[Transaction], Result]) -> Result:
        """What a work returned, once it is on the disk.

        Raises:
            CostingError: it is not, and nothing of it was kept.
        """
        return await self._bridge.bring(self.writer.submit(work))

    def arrive(self, count: int) -> None:
        """Tell the rounds that so many rows are new in the inbox."""
        for one in self.rounds:
            one.arrive(count)

    def round_of(self, what: str) -> Rounds | None:
        """The rounds of a kind, where there are any."""
        return next((one for one in self.rounds if one.what == what), None)

    def _rounds(self, upkeep: Upkeep) -> list[Rounds]:
        make = partial(Rounds, clock=self.clock, journal=self.journal, measures=self.measures)
        found = [make("forget", self._forget, every_seconds=FORGET_EVERY_SECONDS)]
        if upkeep.fold is not None:
            seconds, load = upkeep.fold_every_seconds, upkeep.fold_load
            found.append(make("fold", upkeep.fold, every_seconds=seconds, load=load))
        if upkeep.sync is not None:
            seconds = upkeep.sync_every_seconds
            found.append(make("sync", upkeep.sync, every_seconds=seconds, is_at_once=True))
        if upkeep.check_budgets is not None:
            act = partial(self._check_budgets, upkeep.check_budgets)
            seconds = upkeep.check_budgets_every_seconds
            found.append(make("budgets", act, every_seconds=seconds, is_at_once=True))
        return found

    def _check_budgets(self, check: Callable[[], CheckResult]) -> None:
        """Check, and tell the log which messages did not arrive; later rounds send them again."""
        relayed = check().relayed
        for fault in relayed.faults if relayed else ():
            self.journal.warn(
                "message given up" if fault.is_dead else "message not delivered",
                alert=fault.key.alert_id,
                channel=fault.key.channel,
                reason=fault.reason,
            )

    def _forget(self) -> None:
        """Forget what no repeat can ask for any more, a bounded piece at a time."""
        now = self.clock()
        while self.writer.submit(lambda one: forget_messages(one, now)).result():
            pass
        while self.writer.submit(lambda one: forget_answers(one, now)).result():
            pass
