"""One sync: everything that Replicate tells and the inbox does not have yet.

Rule of this file: what was fetched is kept at once, page by page, so an error or a kill ends the
sync and loses nothing; the next one goes on from there. Records come before what explains them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from costing.errors import Locked
from costing.fold import backlog_of, fold_inbox
from costing.ingest.command import load_hash_key
from costing.ingest.stage_row import Rejected
from costing.ingest.summary import IngestProgress
from costing.replicate.client import Client
from costing.replicate.error import ReplicateError
from costing.replicate.token import find_token
from costing.sync.known import LOCK_WAIT_SECONDS, Known, read_known
from costing.sync.listing import ListReader, Wish, prediction_list, training_list
from costing.sync.look import look_at_deployments, look_at_models
from costing.sync.memory import Memory, remembering
from costing.sync.summary import SyncSummary
from costing.sync.turn import syncing
from costing.sync.unfinished import ask_again
from pricing.usage import Kind

if TYPE_CHECKING:
    from costing.lock import Turn
    from costing.settings import Settings
    from costing.sync.command import SyncCommand
    from costing.sync.result import Row

FIRST = timedelta(days=90)
"""How far back the first sync reaches unless it is told."""


def run_sync(
    command: SyncCommand,
    settings: Settings,
    turn: Turn,
    clock: Callable[[], datetime],
    progress: Callable[[IngestProgress], None] | None,
) -> SyncSummary:
    """Fetch what is new into the inbox, and bring the inbox into the ledger.

    Raises:
        AuthenticationError: there is no token, or Replicate does not accept it.
        ReplicateError: something could not be fetched; what was fetched before is kept.
        SyncUnderWay: another sync took longer than the turn allows to wait.
    """
    token = find_token(settings.api_token, settings.api_token_file)
    with ExitStack() as held:
        if not command.is_dry_run:
            held.enter_context(syncing(settings.home, turn))
        client = held.enter_context(Client(token, url=settings.api_url, clock=clock))
        memory = held.enter_context(
            remembering(settings.home, clock, is_dry_run=command.is_dry_run)
        )
        known = read_known(settings.home, memory.store, turn)
        memory = replace(memory, is_fresh=not known.has_ledger)
        fetching = _Fetching(client, memory, known, load_hash_key(settings), progress)
        summary = _fetch(fetching, command, clock())
    if command.is_dry_run:
        return summary
    return _fold(summary, settings, turn, clock)


class _Fetching:
    """What the parts of one sync share, and the counts of what they fetched."""

    def __init__(
        self,
        client: Client,
        memory: Memory,
        known: Known,
        hash_key: bytes | None,
        progress: Callable[[IngestProgress], None] | None,
    ) -> None:
        self.client = client
        self.memory = memory
        self.known = known
        self.hash_key = hash_key
        self.counts: Counter[str] = Counter()
        self._progress = progress or (lambda _: None)

    def take_listed(self, kind: Kind, rows: list[Row]) -> None:
        """Count the records of a page."""
        self._take(f"{kind.value}s", rows)

    def take_asked(self, rows: list[Row]) -> None:
        """Count records that were asked for one by one."""
        self._take("asked_again", rows)

    def _take(self, what: str, rows: list[Row]) -> None:
        self.known.see(rows)
        self.counts[what] += len(rows)
        self.counts["unreadable"] += sum(isinstance(row, Rejected) for row in rows)
        self._progress(IngestProgress(what.replace("_", " "), "fetching", self.counts[what]))


def _fetch(fetching: _Fetching, command: SyncCommand, now: datetime) -> SyncSummary:
    """Ask Replicate for everything; what a failure leaves out is for the next sync."""
    account = fetching.client.account().username
    try:
        summary = _fetch_parts(fetching, command, f"sync/{account}", now)
    except ReplicateError as error:
        error.notes += _kept_note(fetching)
        raise
    counts = fetching.counts
    return replace(
        summary,
        account=account,
        predictions=counts["predictions"],
        trainings=counts["trainings"],
        asked_again=counts["asked_again"],
        unreadable=counts["unreadable"],
        is_dry_run=command.is_dry_run,
    )


def _fetch_parts(
    fetching: _Fetching, command: SyncCommand, prefix: str, now: datetime
) -> SyncSummary:
    """Ask for one part after the other; the summary holds what is not counted on the way.

    Args:
        prefix: of the names of cursors.
    """
    client, memory, known = fetching.client, fetching.memory, fetching.known
    wish = Wish(command.since, command.until, now, FIRST)
    reader = ListReader(client, memory, fetching.take_listed, fetching.hash_key)
    reader.read(prediction_list(client, prefix, command.source), wish)
    reader.read(training_list(client, prefix), wish)
    missing = ask_again(
        known,
        client,
        memory,
        prefix=prefix,
        hash_key=fetching.hash_key,
        now=now,
        take=fetching.take_asked,
    )
    models = look_at_models(known.models, client, memory, prefix=prefix, now=now)
    return SyncSummary(
        missing=tuple(sorted(missing)),
        deployments=look_at_deployments(client, memory),
        models=models,
        is_whole=known.is_whole,
    )


def _kept_note(fetching: _Fetching) -> tuple[str, ...]:
    """What an error should say of what was fetched before it."""
    count = sum(fetching.counts[what] for what in ("predictions", "trainings", "asked_again"))
    if not fetching.memory.is_kept or count == 0:
        return ()
    return (f"{count:,} records were fetched before that and are kept",)


def _fold(
    summary: SyncSummary, settings: Settings, turn: Turn, clock: Callable[[], datetime]
) -> SyncSummary:
    """Bring the inbox into the ledger, unless someone holds it for long: then others will."""
    waits = LOCK_WAIT_SECONDS if turn.wait_seconds is None else turn.wait_seconds
    try:
        folded = fold_inbox(settings, replace(turn, wait_seconds=waits), clock)
    except Locked:
        return replace(summary, waiting=backlog_of(settings.home).row_count)
    return replace(summary, fold=folded)
