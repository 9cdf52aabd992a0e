"""What an evaluation leaves for the next one: whether there is anything new to judge.

An evaluation follows from the ledger's file, the budgets, the prices and everything else that makes
an amount, and from the clock. With the same files, the clock alone changes what is told only

- where a day begins in the zone of a budget: periods, graces, forecasts and the days of stale data
  all turn there;
- where data becomes stale: at the age that a budget names;
- while a burn window burns, which cools with time. Without new records none begins to burn.

Rule of this file: a run is idle, and needs no DuckDB, exactly when the files are those of the last
evaluation, nothing waits in the inbox, and none of these instants has come. The files are looked at
before the ledger is read: what is written in between makes the next run no idle one. A clock that
was set back makes no run idle.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from costing.state.cursor import Cursor, read_cursor, set_cursor
from costing.state.instant import from_microseconds, to_microseconds

if TYPE_CHECKING:
    from pathlib import Path

    from costing.budget.level import Level
    from costing.settings import Settings
    from costing.state.store import Reader, Transaction

_TICKET = "budget/ticket"
_MARK = "budget/evaluated"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one budget stood in its newest period, in texts, for who only asks whether all is well.

    Attributes:
        spent_usd, limit_usd: exact.
        reached: thresholds that its level reaches, as people write them.
        severity: of the worst of them; '' where none is reached.
    """

    budget: str
    spent_usd: str
    limit_usd: str
    reached: tuple[str, ...]
    severity: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What the last evaluation leaves.

    Attributes:
        ticket: which evaluation it was; a later one has a higher number.
        digest: of all files that it followed from.
        evaluated_at, next_at: it holds from the first to before the second, with the same files.
    """

    ticket: int
    digest: str
    evaluated_at: datetime
    next_at: datetime
    standings: tuple[Standing, ...]

    def holds(self, digest: str, now: datetime) -> bool:
        """Whether an evaluation now would find the same."""
        return self.digest == digest and self.evaluated_at <= now < self.next_at


def digest_inputs(settings: Settings, budgets: bytes) -> str:
    """One text for all that an evaluation follows from, but the clock; it takes milliseconds."""
    from costing.ledger.connection import LEDGER_FILE
    from costing.tariff import tariff_source

    ledger = settings.home / LEDGER_FILE
    parts = (
        tariff_source(settings).digest,
        settings.timezone,
        sha256(budgets).hexdigest(),
        _content(settings.tags_file),
        *(_stamp(path) for path in (ledger, ledger.with_name(f"{LEDGER_FILE}.wal"))),
    )
    return sha256(repr(parts).encode()).hexdigest()


def take_ticket(transaction: Transaction, now: datetime) -> int:
    """A number higher than any before, taken before the ledger is read."""
    before = read_cursor(transaction, _TICKET)
    ticket = 1 if before is None else int(before.value) + 1
    set_cursor(transaction, Cursor(_TICKET, str(ticket), now))
    return ticket


def read_mark(reader: Reader) -> Mark | None:
    """What the last evaluation left; None where there was none."""
    cursor = read_cursor(reader, _MARK)
    if cursor is None:
        return None
    facts = json.loads(cursor.value)
    return Mark(
        ticket=facts["ticket"],
        digest=facts["digest"],
        evaluated_at=cursor.updated_at,
        next_at=from_microseconds(facts["next_at"]),
        standings=tuple(
            Standing(**{**one, "reached": tuple(one["reached"])}) for one in facts["standings"]
        ),
    )


def leave_mark(transaction: Transaction, mark: Mark) -> None:
    """Remember an evaluation, in the transaction that records what it found."""
    facts = {
        "ticket": mark.ticket,
        "digest": mark.digest,
        "next_at": to_microseconds(mark.next_at),
        "standings": [asdict(one) for one in mark.standings],
    }
    value = json.dumps(facts, ensure_ascii=False)
    set_cursor(transaction, Cursor(_MARK, value, mark.evaluated_at))


def next_instant(levels: Sequence[Level], now: datetime, *, is_burning: bool) -> datetime:
    """The first instant at which the clock alone may change what is told.

    Args:
        levels: all, as known now.
        now: aware UTC.
        is_burning: whether any burn window is not cool, so that the next run has to look again.
    """
    from costing.budget.period import next_day

    if is_burning:
        return now
    instants = [next_day(zone, now) for zone in {level.period.zone for level in levels}]
    return min([now + timedelta(days=1), *instants, *_stale_instants(levels, now)])


def _stale_instants(levels: Iterable[Level], now: datetime) -> Iterable[datetime]:
    """When data that is not stale yet becomes stale: just after the age that a budget names."""
    for level in levels:
        most = level.budget.max_staleness
        if most is not None and level.data_as_of is not None and not level.is_stale:
            yield max(level.data_as_of + most, now) + timedelta(microseconds=1)


def _content(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as failure:
        return repr(failure.errno)


def _stamp(path: Path) -> tuple[int, ...]:
    """What the system says of a file that changes whenever it is written; () where there is none.

    A write that follows our reading of the ledger is later than this look by far more than the
    ticks of a file system's clock, as opening the ledger takes longer than those.
    """
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
