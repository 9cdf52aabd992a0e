"""What a record used: who and what decides its price, when it counts, and how long it ran.

The rule this file owns: which instant of a record picks its rate and its period
(`charge_instant`), and which of its times are believed as run time (`active_seconds`). The same
rules stand once more in SQL, in costing/ledger/views/charge.sql; a test holds the two equal to
the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

HIDDEN_VERSION = "hidden"
"""What the API gives as the version of an official model: Replicate's API reference, the object of
a prediction (replicate.com/docs/reference/http)."""

QUANTITY_LIMIT = 10**9
"""What every quantity stays below, as DECIMAL(18,9) must hold it. As seconds it is 31.7 years."""

_STOPPED_STATUSES = frozenset({"canceled", "aborted", "failed"})
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_PER_SECOND = 1_000_000


class Kind(StrEnum):
    """What was asked of Replicate."""

    PREDICTION = "prediction"
    TRAINING = "training"
    INSTANCE = "instance"  # of a deployment, kept on; the ledger makes these, no record is one


class Basis(StrEnum):
    """Where a quantity was read."""

    PREDICT_TIME = "predict_time"  # metrics.predict_time
    TIMES = "times"  # completed_at - started_at
    NEVER_RAN = "never_ran"  # stopped before it started: no seconds
    METRIC = "metric"  # a billing metric, or the absence of one in a cancelled record
    INPUT = "input"  # what the input asked for
    RUN = "run"  # one run is one unit


class InstantSource(StrEnum):
    """Which timestamp of a record gave its charge instant."""

    COMPLETED_AT = "completed_at"
    STARTED_AT = "started_at"
    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class Subject:
    """One distinct combination of everything in a record that decides class, hardware and price.

    A text that the record lacks is '' as in the ledger, so that equality finds it.

    Attributes:
        kind: a `Kind`.
        model: `owner/name`.
        version: 64 hexadecimal digits, `hidden`, or an internal id.
        deployment: `owner/name` of the deployment that ran it.
        hardware: what the record itself says it ran on, in any spelling.
        selectors: pairs of canonical selector and value that pick a price tier, sorted.
    """

    subject_id: int
    kind: str
    account: str
    model: str
    version: str
    deployment: str = ""
    hardware: str = ""
    selectors: tuple[tuple[str, str], ...] = ()

    @property
    def is_training(self) -> bool:
        """Whether a trainer ran, rather than a model."""
        return self.kind == Kind.TRAINING

    @property
    def is_instance(self) -> bool:
        """Whether it stands for instances of a deployment that are kept on, not for records."""
        return self.kind == Kind.INSTANCE

    @property
    def is_hidden(self) -> bool:
        """Whether the version is kept secret, as official models' are."""
        return self.version == HIDDEN_VERSION


@dataclass(frozen=True, slots=True)
class Usage:
    """What one prediction or training used.

    Attributes:
        status: as Replicate wrote it; it may be one that nobody knows yet.
        created_at, started_at, completed_at: aware UTC, None where the record has none.
        charged_at: the instant that picks rate and period, from `charge_instant`.
        predict_seconds: the record's `predict_time`, at most 9 decimals; None where missing.
        quantities: billing metrics as Replicate spells them, and inputs as `input.<field>`.
    """

    prediction_id: str
    subject: Subject
    status: str
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    charged_at: datetime
    predict_seconds: Decimal | None
    quantities: Mapping[str, Decimal]


def charge_instant(
    completed_at: datetime | None, started_at: datetime | None, created_at: datetime | None
) -> datetime | None:
    """Return the instant at which a record counts; None where it has no time at all.

    >>> from datetime import UTC
    >>> charge_instant(None, None, datetime(2026, 1, 1, tzinfo=UTC)).isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    return completed_at or started_at or created_at


def charge_instant_source(
    completed_at: datetime | None, started_at: datetime | None
) -> InstantSource:
    """Tell which timestamp `charge_instant` takes."""
    if completed_at is not None:
        return InstantSource.COMPLETED_AT
    return InstantSource.CREATED_AT if started_at is None else InstantSource.STARTED_AT


def active_seconds(usage: Usage) -> tuple[Decimal, Basis] | None:
    """Return how long a record ran and on what basis; None where nothing believable says it.

    In this order: a `predict_time` that is not negative; the time from start to completion; zero
    for a record that was stopped and shows neither a start nor a run. Replicate's own
    `predict_time` equals the difference within 1 ms (counted in 3,808 public prediction records).
    """
    if usage.predict_seconds is not None and usage.predict_seconds >= 0:
        return usage.predict_seconds, Basis.PREDICT_TIME
    elapsed = seconds_between(usage.started_at, usage.completed_at)
    if elapsed is not None:
        return elapsed, Basis.TIMES
    if _never_ran(usage):
        return Decimal(0), Basis.NEVER_RAN
    return None


def queue_seconds(usage: Usage) -> Decimal | None:
    """Return how long a record waited for its start (queue and boot); None where unknown."""
    return seconds_between(usage.created_at, usage.started_at)


def seconds_between(start: datetime | None, end: datetime | None) -> Decimal | None:
    """Return the exact seconds from one instant to another; None if negative or unbelievable.

    >>> from datetime import UTC
    >>> seconds_between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 1, tzinfo=UTC))
    Decimal('60')
    """
    if start is None or end is None or end < start:
        return None
    microseconds = (end - start) // _MICROSECOND
    if microseconds >= QUANTITY_LIMIT * _MICROSECONDS_PER_SECOND:
        return None
    return Decimal(microseconds) / _MICROSECONDS_PER_SECOND


def _never_ran(usage: Usage) -> bool:
    is_unmeasured = usage.predict_seconds is None and usage.started_at is None
    return is_unmeasured and usage.status in _STOPPED_STATUSES
