"""The readers-writer lock by which our own processes take turns at the ledger.

Rule of this file: many readers or one writer, and everybody passes one turnstile first.
A writer that waits for readers to leave stays in the turnstile, so readers that come later
queue behind it and cannot starve it. All locks are `flock` locks, which the kernel releases
when a process ends however it ends, so nothing is ever left locked by a dead process.

Three things live in `HOME/locks`: the file `turnstile`, the file `ledger` (shared by readers,
exclusive for a writer) and `holders/`, one small file for each process that has passed the
turnstile, which tells who it is. A holder file belongs to a living process exactly while it
is flocked; whoever holds the ledger exclusively sweeps away those that are not.

A `flock` belongs to an open file, not to a process, and every taking opens the files anew; so
threads of one process queue as processes do.

A reader of a data directory that it may not write, such as an archive that is mounted read-only,
can leave no lock file and reads without: the lock that DuckDB itself takes on the ledger's file
keeps it from reading half a write, and only its place in the queue is lost.

DuckDB refuses a second process while one writes; see
https://duckdb.org/docs/stable/connect/concurrency.html. `flock` is described in flock(2).
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from costing.clock import Clock
from costing.errors import HomeUnusable, LedgerLocked
from costing.private_folder import make_private
from reports.printable import printable

ANNOUNCE_AFTER_SECONDS = 0.2
"""A wait shorter than this is not worth a line on the terminal."""

TURNSTILE_GRACE_SECONDS = 0.2
"""Passing the turnstile takes microseconds; being held up longer means that somebody waits."""

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that uses the ledger or is next to use it."""

    pid: int
    command: str
    since: str

    def __str__(self) -> str:
        """The holder as messages name it."""
        return f"process {self.pid} ({printable(self.command)}, since {printable(self.since)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How a process takes its turn: who it says it is and how long it is ready to wait.

    Attributes:
        command: what others are told that this process does.
        wait_seconds: how long to wait at most; 0 leaves at once, None waits for ever.
        announce: receives one line, once, when waiting takes noticeable time.
        clock: the current instant, for the holder file and what is written in this turn.
    """

    clock: Clock
    command: str = ""
    wait_seconds: float | None = None
    announce: Callable[[str], None] | None = None


@contextmanager
def reading(home: Path, turn: Turn) -> Iterator[None]:
    """Hold the ledger in `home` together with other readers.

    A directory that may be read but not written is read without a lock of ours.

    Raises:
        LedgerLocked: a writer held it longer than the turn allows to wait.
        HomeUnusable: the directory cannot be made or its lock files cannot be opened.
    """
    with ExitStack() as held:
        try:
            held.enter_context(_holding(home, fcntl.LOCK_SH, turn))
        except HomeUnusable:
            if not _is_read_only(home):
                raise
        yield


@contextmanager
def writing(home: Path, turn: Turn) -> Iterator[None]:
    """Hold the ledger in `home` alone.

    Not reentrant: a thread that already reads or writes must not ask again.

    Raises:
        LedgerLocked: others held it longer than the turn allows to wait.
        HomeUnusable: the directory cannot be made or its lock files cannot be opened.
    """
    with _holding(home, fcntl.LOCK_EX, turn):
        yield


def holders(home: Path) -> tuple[Holder, ...]:
    """Who uses the ledger in `home` now, or has passed the turnstile to use it next."""
    return _read_holders(home)


@contextmanager
def _holding(home: Path, mode: int, turn: Turn) -> Iterator[None]:
    """Pass the turnstile, show who we are, take the ledger, let the next one in."""
    wait = _Wait(home, turn)
    _make_folder(home)
    turnstile = wait.take(
        _lock_folder(home) / "turnstile", fcntl.LOCK_EX, grace_seconds=TURNSTILE_GRACE_SECONDS
    )
    try:
        card, card_descriptor = _show_card(home, turn)
        wait.card = card
        try:
            ledger = wait.take(_lock_folder(home) / "ledger", mode)
        except BaseException:
            _hide_card(card, card_descriptor)
            raise
        if mode == fcntl.LOCK_EX:
            _sweep_cards(home, keep=card)
    finally:
        os.close(turnstile)
    try:
        yield
    finally:
        _hide_card(card, card_descriptor)
        os.close(ledger)


class _Wait:
    """One process's wait for its turn: it announces itself once and ends at its deadline."""

    def __init__(self, home: Path, turn: Turn) -> None:
        self._home = home
        self.card: Path | None = None
        self._announce = turn.announce
        self._ends_at = None if turn.wait_seconds is None else monotonic() + turn.wait_seconds

    def take(self, path: Path, mode: int, *, grace_seconds: float = 0.0) -> int:
        """The descriptor of `path`, locked in `mode`.

        Raises:
            LedgerLocked: the deadline of the turn, or the grace after it, passed.
        """
        descriptor = _open(path, self._home)
        if _try_lock(descriptor, mode):
            return descriptor
        pending = _PendingLock(descriptor, mode)
        try:
            if self._outlast(pending, grace_seconds):
                return descriptor
            raise LedgerLocked(self._others(), self._home)
        except BaseException:
            pending.abandon()
            raise

    def _outlast(self, pending: _PendingLock, grace_seconds: float) -> bool:
        """Wait quietly, then announced, until the deadline; whether the lock came."""
        limit_seconds = self._remaining_seconds(grace_seconds)
        if pending.wait(min(ANNOUNCE_AFTER_SECONDS, limit_seconds)):
            return True
        if limit_seconds <= ANNOUNCE_AFTER_SECONDS:
            return False
        self._say_for_whom()
        return pending.wait(self._remaining_seconds(0.0))

    def _remaining_seconds(self, least_seconds: float) -> float:
        """How long we are still ready to wait; threading.TIMEOUT_MAX stands for ever."""
        if self._ends_at is None:
            return threading.TIMEOUT_MAX
        return max(self._ends_at - monotonic(), least_seconds)

    def _say_for_whom(self) -> None:
        if self._announce is not None:
            self._announce(f"waiting for {', '.join(self._others()) or 'another process'}")
            self._announce = None

    def _others(self) -> list[str]:
        """The holders other than ourselves, as messages name them; our threads are others."""
        return [str(holder) for holder in _read_holders(self._home, beside=self.card)]


class _PendingLock:
    """A lock that a thread of its own waits for, since `flock` itself knows no time limit.

    Whoever gives up abandons it: the thread then closes the descriptor when the lock comes,
    which releases it at once.
    """

    def __init__(self, descriptor: int, mode: int) -> None:
        self._descriptor = descriptor
        self._guard = threading.Lock()
        self._is_abandoned = False
        self._came = threading.Event()
        threading.Thread(target=self._wait_in_kernel, args=(mode,), daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether the lock came within `seconds`."""
        return self._came.wait(seconds)

    def abandon(self) -> None:
        """Do not want the lock any more, now or when it comes."""
        with self._guard:
            self._is_abandoned = True
            if self._came.is_set():
                os.close(self._descriptor)

    def _wait_in_kernel(self, mode: int) -> None:
        fcntl.flock(self._descriptor, mode)
        with self._guard:
            if self._is_abandoned:
                os.close(self._descriptor)
            self._came.set()


def _lock_folder(home: Path) -> Path:
    return home / "locks"


def _holder_folder(home: Path) -> Path:
    return _lock_folder(home) / "holders"


def _is_read_only(home: Path) -> bool:
    """Whether `home` is there, and nothing may be written where our locks would stand."""
    places = (_holder_folder(home), _lock_folder(home), home)
    nearest = next((place for place in places if place.is_dir()), None)
    return nearest is not None and not os.access(nearest, os.W_OK)


def _make_folder(home: Path) -> None:
    """Make the lock folders, private to the user, unless they are there."""
    try:
        make_private(home)
        _holder_folder(home).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HomeUnusable(home, error.strerror or str(error)) from error


def _open(path: Path, home: Path) -> int:
    """A new descriptor of a lock file, which child processes do not inherit."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HomeUnusable(home, error.strerror or str(error)) from error


def _try_lock(descriptor: int, mode: int) -> bool:
    """Take the lock if it is free; whether it was."""
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _show_card(home: Path, turn: Turn) -> tuple[Path, int]:
    """Write and flock our holder file; called in the turnstile only, so nobody sweeps it.

    On a full disk it stays empty: others are then not told who we are, and nothing else is lost.
    """
    card = _holder_folder(home) / f"{os.getpid()}-{next(_serial)}.json"
    descriptor = _open(card, home)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    content = {
        "pid": os.getpid(),
        "command": turn.command or _own_command(),
        "since": f"{turn.clock():%H:%M:%S} UTC",
    }
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(content).encode())
    return card, descriptor


def _hide_card(card: Path, descriptor: int) -> None:
    card.unlink(missing_ok=True)
    os.close(descriptor)


def _sweep_cards(home: Path, *, keep: Path) -> None:
    """Remove the holder files that killed processes left; safe only while alone."""
    for card in _holder_folder(home).glob("*.json"):
        if card != keep:
            card.unlink(missing_ok=True)


def _read_holders(home: Path, *, beside: Path | None = None) -> tuple[Holder, ...]:
    """Who is behind the holder files, but for the one that is our own."""
    cards = (card for card in sorted(_holder_folder(home).glob("*.json")) if card != beside)
    found = (_read_holder(card) for card in cards)
    return tuple(holder for holder in found if holder is not None)


def _read_holder(card: Path) -> Holder | None:
    """The living process behind a holder file, or None."""
    try:
        descriptor = os.open(card, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _try_lock(descriptor, fcntl.LOCK_SH):
            return None
        content = json.loads(os.read(descriptor, 4096))
        return Holder(content["pid"], content["command"], content["since"])
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def _own_command() -> str:
    """What this process was asked to do, shortened: its name and arguments."""
    name = Path(sys.argv[0]).name if sys.argv else "python"
    return " ".join(["costing" if name == "__main__.py" else name, *sys.argv[1:]])[:200]
