"""The relay: brings what is written down to its channels, and writes down what came of it.

Rule of this file: a message is claimed and the claim is committed before anything is sent; what
came of it is committed before the next one is claimed. Each channel has a thread of its own, and
all of them together have an end, so that one that hangs holds nobody up: what it had claimed is
free again when its lease runs out. Any number of relays may run at the same time.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from costing.errors import CostingError
from costing.http.retry import Patience
from costing.notify.channel import Channel, Notice, Outcome, Result
from costing.notify.settlement import Rules, Settled, settle, tell_fallback
from costing.state.alert import read_stored
from costing.state.delivery import (
    LONGEST_WAIT,
    DeliveryKey,
    Lease,
    abandon,
    claim,
    count_by_holder,
    count_under_way,
    due_channels,
    held_until,
    hold_channel,
    read_key,
)
from costing.state.file import has_state
from costing.state.instant import from_microseconds

if TYPE_CHECKING:
    from sqlite3 import Row

    from costing.state.store import Store

PATIENCE: Final = Patience(
    attempts=1_000_000,
    first_seconds=30.0,
    longest_seconds=3_600.0,
    total_seconds=LONGEST_WAIT.total_seconds(),
)
"""30 s × 2ⁿ, at most an hour, for 72 hours."""

_NOBODY: Final = "nobody sent it for 72 hours: its channel is not in the file any more, or hangs"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """How long a relay may take.

    Attributes:
        run_seconds: until it returns, whatever hangs.
        lease_seconds: for which what was claimed is nobody else's; longer than any message takes.
        patience: when a message that failed is sent again, and when it is given up.
    """

    run_seconds: float = 120.0
    lease_seconds: float = 300.0
    patience: Patience = PATIENCE


@dataclass(frozen=True, slots=True)
class Fault:
    """A message that did not arrive, for people.

    Attributes:
        is_dead: whether it is not tried again.
    """

    key: DeliveryKey
    reason: str
    is_dead: bool


@dataclass(frozen=True, slots=True)
class RelaySummary:
    """What one run of the relay did, in messages.

    Attributes:
        delivered: that arrived.
        retried: that did not, and are tried again later.
        dead: that were given up.
        remaining: that are still to be sent, or are being sent by somebody.
        in_other_hands: of those, what another run is sending now, and answers for.
        faults: those retried and dead, in the order in which they failed.
    """

    delivered: int = 0
    retried: int = 0
    dead: int = 0
    remaining: int = 0
    in_other_hands: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the threads of one run share."""

    home: Path
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    rules: Rules
    limits: RelayLimits
    latest: float
    settled: list[Settled] = field(default_factory=list)
    turned_away: set[str] = field(default_factory=set)
    errors: list[CostingError] = field(default_factory=list)
    lease_ids: set[str] = field(default_factory=set)

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.latest - monotonic())


def relay(
    home: Path,
    channels: Mapping[str, Channel],
    clock: Callable[[], datetime],
    *,
    limits: RelayLimits | None = None,
    wait: Callable[[float], None] = sleep,
    draw: Callable[[], float] = random.random,
) -> RelaySummary:
    """Send everything that is due, once, and say what came of it.

    Args:
        home: the data directory.
        channels: by name.
        clock: the current instant, UTC.
        wait: waits for some seconds, where a channel takes so many messages a second.
        draw: a number from [0, 1), evenly drawn, for the waits between two attempts.

    Raises:
        HomeUnusable, StateDamaged, StateLocked, StateFull: the state cannot be read or written.
    """
    if not has_state(home):
        return RelaySummary()
    from costing.state.connection import open_store

    limits = limits or RelayLimits()
    run = _Run(
        home=home,
        channels=channels,
        clock=clock,
        wait=wait,
        rules=Rules(channels=channels, patience=limits.patience, draw=draw),
        limits=limits,
        latest=monotonic() + limits.run_seconds,
    )
    with open_store(home) as store:
        if count_under_way(store) == 0:
            return RelaySummary()
        while _round(run, store):
            pass
        if run.errors:
            raise run.errors[0]
        _abandon(run, store)
        return _summary(run, store)


def resolving_channels(channels: Mapping[str, Channel]) -> frozenset[str]:
    """Names of the channels that are told that an alert is over."""
    return frozenset(name for name, channel in channels.items() if channel.sender.can_resolve)


def _round(run: _Run, store: Store) -> bool:
    """Serve each channel that has something to send; whether another round may find more.

    Another round is for what a channel refused, which its fallback has to send now.
    """
    due = set(due_channels(store, run.clock())) & run.channels.keys() - run.turned_away
    before = len(run.settled)
    threads = [Thread(target=_serve, args=(run, name), daemon=True) for name in sorted(due)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(run.seconds_left)
    return (
        not run.errors
        and run.seconds_left > 0
        and any(one.has_fallback for one in run.settled[before:])
    )


def _serve(run: _Run, name: str) -> None:
    """Send what is due to one channel, until nothing is, it is down, or time is up."""
    from costing.state.connection import open_store

    channel = run.channels[name]
    try:
        with open_store(run.home) as store:
            while run.seconds_left > 0:
                if not _serve_once(run, store, channel):
                    return
    except CostingError as error:  # Of the state; what was claimed is free again later.
        run.errors.append(error)


def _serve_once(run: _Run, store: Store, channel: Channel) -> bool:
    """Send one message; whether there may be another one to send now."""
    held_seconds = _held_seconds(store, channel.name, run.clock())
    if held_seconds > 0:
        if held_seconds > run.seconds_left or channel.name not in due_channels(store, run.clock()):
            return False
        run.wait(held_seconds)
        return True
    lease, rows = _claim(run, store, channel)
    if not rows:
        return _held_seconds(store, channel.name, run.clock()) > 0
    outcome = _send(channel, [_notice(row) for row in rows], run.clock())
    with store.transaction() as transaction:
        settled = settle(transaction, rows, lease, outcome, now=run.clock(), rules=run.rules)
    run.settled.extend(settled)
    if outcome.is_down:
        run.turned_away.add(channel.name)
    return not outcome.is_down


def _held_seconds(store: Store, name: str, now: datetime) -> float:
    until = held_until(store, name, now)
    return 0.0 if until is None else (until - now).total_seconds()


def _claim(run: _Run, store: Store, channel: Channel) -> tuple[Lease, Sequence[Row]]:
    """Take the next message of a channel; none while the channel is to be left alone."""
    with store.transaction() as transaction:
        now = run.clock()
        lease = Lease(secrets.token_hex(8), now + timedelta(seconds=run.limits.lease_seconds))
        run.lease_ids.add(lease.id)
        if held_until(transaction, channel.name, now) is not None:
            return lease, ()
        most_rows = channel.sender.most_notices
        rows = claim(transaction, channel.name, lease, now, most_rows=most_rows)
        pause_seconds = channel.sender.pause_seconds
        if rows and pause_seconds:
            hold_channel(transaction, channel.name, now + timedelta(seconds=pause_seconds))
        return lease, rows


def _send(channel: Channel, notices: Sequence[Notice], now: datetime) -> Outcome:
    """Send one message; whatever goes wrong is an outcome, so that it never stays claimed."""
    try:
        return channel.sender.send(notices, now)
    except CostingError as error:
        where = f" ({error.where})" if error.where else ""
        reason = f"{error.what}{where}; {error.help}"
        return Outcome(Result.RETRY, reason, is_down=True)
    except Exception as error:  # noqa: BLE001 - one channel's fault must not stop another.
        # Its words may hold a secret.
        reason = f"an error inside the channel: {type(error).__name__}"
        return Outcome(Result.RETRY, reason, may_have_arrived=True)


def _notice(row: Row) -> Notice:
    return Notice(
        key=read_key(row),
        stored=read_stored(row),
        created_at=from_microseconds(row["created_at"]),
        is_repeat=bool(row["may_have_arrived"]),
    )


def _abandon(run: _Run, store: Store) -> None:
    """Give up what is so old that somebody should have sent it."""
    now = run.clock()
    oldest = now - timedelta(seconds=run.limits.patience.total_seconds)
    with store.transaction() as transaction:
        for key in abandon(transaction, oldest, now, _NOBODY):
            has_fallback = tell_fallback(transaction, key, run.channels, now)
            outcome = Outcome(Result.REFUSED, _NOBODY)
            run.settled.append(Settled(key, outcome, is_dead=True, has_fallback=has_fallback))


def _summary(run: _Run, store: Store) -> RelaySummary:
    settled = list(run.settled)
    held = count_by_holder(store, run.clock())
    failed = [one for one in settled if one.outcome.result is not Result.DELIVERED]
    return RelaySummary(
        delivered=len(settled) - len(failed),
        retried=sum(not one.is_dead for one in failed),
        dead=sum(one.is_dead for one in failed),
        remaining=sum(held.values()),
        in_other_hands=sum(held[lease_id] for lease_id in held.keys() - {"", *run.lease_ids}),
        faults=tuple(Fault(one.key, one.outcome.reason, one.is_dead) for one in failed),
    )
