"""`budget check`: what a cron runs. Idle where nothing has changed, else an evaluation.

Rule of this file: an idle run asks the state alone; DuckDB, prices and channels are not even
imported. What makes a run idle is said in `mark`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costing.budget.alert import Severity
from costing.budget.mark import Mark, Standing, digest_inputs, read_mark
from costing.budget.place import read_content
from costing.state.connection import open_store
from costing.state.delivery import count_under_way, count_unheard
from costing.state.file import has_state
from costing.state.inbox import measure_backlog

if TYPE_CHECKING:
    from costing.budget.alert import Alert
    from costing.lock import Turn
    from costing.notify.relay import RelaySummary
    from costing.settings import Settings
    from costing.state.store import Store

URGENCY = {Severity.INFO: 1, Severity.WARNING: 2, Severity.CRITICAL: 3}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found and did.

    Attributes:
        opened: alerts that were recorded now, or would be with a dry run.
        relayed: what became of messages; None where there were none to send.
        standings: of all budgets, as of the last evaluation.
        unheard: open alerts that reached nobody, whenever their messages were given up.
        is_idle: whether nothing had changed since that one.
    """

    opened: tuple[Alert, ...] = ()
    relayed: RelaySummary | None = None
    standings: tuple[Standing, ...] = ()
    unheard: int = 0
    is_idle: bool = False

    @property
    def undelivered(self) -> int:
        """Messages that are to be sent still or were given up in this run, and unheard alerts.

        What another run is sending at this moment is for that one to tell.
        """
        if self.relayed is None:
            return self.unheard
        waiting = self.relayed.remaining - self.relayed.in_other_hands
        return waiting + max(self.relayed.dead, self.unheard)

    @property
    def worst(self) -> Severity | None:
        """The worst of what is reached; None where nothing is."""
        found = [Severity(one.severity) for one in self.standings if one.severity]
        return max(found, key=URGENCY.__getitem__, default=None)


def check(settings: Settings, turn: Turn, clock: Callable[[], datetime]) -> CheckResult:
    """Evaluate all budgets, record what is to be told, and send what is due.

    Raises:
        NoBudgets: there is no budgets.toml.
        PricingError: it, or a price book, has errors.
        LedgerLocked: others held the ledger longer than the turn allows to wait.
    """
    content = read_content(settings)
    with open_store(settings.home) as store:
        mark = _holding_mark(store, settings, content, clock())
        if mark is not None:
            return _idle(store, mark, settings, content, clock)
        from costing.budget.recording import evaluate_and_tell

        return evaluate_and_tell(store, settings, content, turn, clock)


def has_nothing_new(settings: Settings) -> bool:
    """Whether a check now would neither evaluate nor send anything.

    Raises:
        NoBudgets: there is no budgets.toml.
        CostingError: the state cannot be read.
    """
    if not has_state(settings.home):
        return False
    content = read_content(settings)
    with open_store(settings.home) as store:
        mark = _holding_mark(store, settings, content, datetime.now(UTC))
        return mark is not None and count_under_way(store) + count_unheard(store) == 0


def _holding_mark(store: Store, settings: Settings, content: bytes, now: datetime) -> Mark | None:
    """The mark of the last evaluation, where nothing has changed since."""
    if measure_backlog(store).row_count:
        return None
    mark = read_mark(store)
    if mark is None or not mark.evaluated_at <= now < mark.next_at:
        return None
    return mark if mark.holds(digest_inputs(settings, content), now) else None


def _idle(
    store: Store, mark: Mark, settings: Settings, content: bytes, clock: Callable[[], datetime]
) -> CheckResult:
    """Only what is still to be sent is looked at."""
    if count_under_way(store) == 0:
        return CheckResult(standings=mark.standings, unheard=count_unheard(store), is_idle=True)
    from costing.budget.source import read_source
    from costing.notify.relay import relay

    relayed = relay(settings.home, read_source(settings, content).channels, clock)
    return CheckResult(
        relayed=relayed, standings=mark.standings, unheard=count_unheard(store), is_idle=True
    )
