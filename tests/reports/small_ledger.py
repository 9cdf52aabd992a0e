"""A small ledger under the real views, with terms written by hand instead of compiled."""

# ruff: noqa: DTZ001 - the ledger's columns are naive UTC.

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from costing.ledger.evidence.seen import load_standing, read_evidence

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HERE = Path(__file__).parent
_LEDGER = _HERE.parents[1] / "costing" / "ledger"

T4, L40S, OFFICIAL, CHAT, DEPLOYED, MYSTERY, GUESSED, FINE = range(1, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One prediction; `at` is its charge instant, naive UTC."""

    id: str
    subject: int
    at: datetime
    status: str = "succeeded"
    source: str = "api"
    seconds: Decimal | None = Decimal(10)
    wait: Decimal = Decimal(1)
    quantities: dict[str, Decimal] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    has_error: bool = False


def new_ledger(rows: Sequence[Row] = (), *, has_kept_on: bool = False) -> DuckDBPyConnection:
    """A connection with the tables, terms under two books, and every view that reports read."""
    connection = duckdb.connect(":memory:")
    connection.execute("set timezone = 'UTC'")
    for name in ("schema/0001_ledger", "schema/0002_evidence", "views/measure"):
        connection.execute(_text(name).replace("ledger.", ""))
    connection.execute(_HERE.joinpath("small_terms.sql").read_text(encoding="utf-8"))
    connection.execute("create temp table rule_pay_other as from rule_pay")
    connection.execute(re.sub(r"\b(\w*term)\b", r"\1_other", _text("views/steady_term")))
    if has_kept_on:
        connection.execute(_HERE.joinpath("small_kept_on.sql").read_text(encoding="utf-8"))
    read_evidence(connection)
    load_standing(connection, None)
    for name in ("tags_own", "steady_term", "record", "run", "used", "charge", "charge_other"):
        connection.execute(_text(f"views/{name}"))
    add_rows(connection, rows)
    return connection


def add_rows(connection: DuckDBPyConnection, rows: Sequence[Row]) -> None:
    """Adds predictions."""
    if not rows:
        return
    bound = [_bound(row) for row in rows]
    columns = {name: [values[name] for values in bound] for name in bound[0]}
    connection.execute(_HERE.joinpath("small_rows.sql").read_text(encoding="utf-8"), columns)


def _bound(row: Row) -> dict[str, object]:
    seconds = row.seconds or Decimal(0)
    started = row.at - timedelta(seconds=float(abs(seconds)))
    return {
        "id": row.id,
        "subject": row.subject,
        "status": row.status,
        "source": row.source,
        "created": started - timedelta(seconds=float(row.wait)),
        "started": started,
        "at": row.at,
        "seconds": row.seconds,
        "total": seconds + row.wait,
        "metrics": list(row.quantities),
        "counts": list(row.quantities.values()),
        "keys": list(row.tags),
        "texts": list(row.tags.values()),
        "has_error": row.has_error,
    }


def _text(name: str) -> str:
    return (_LEDGER / f"{name}.sql").read_text(encoding="utf-8")


def sample_rows() -> list[Row]:
    """The rows that the golden files show: two months, every status, tags and anomalies."""
    day = datetime(2026, 10, 1, 12)
    return [
        *_timed_rows(day),
        *_counted_rows(day),
        *_odd_rows(day),
        Row(id="before-1", subject=T4, at=day - timedelta(days=25), seconds=Decimal(90)),
        Row(id="before-2", subject=L40S, at=day - timedelta(days=3), seconds=Decimal("12.5")),
        Row(id="edge", subject=T4, at=datetime(2026, 9, 30, 23, 30), seconds=Decimal(4)),
    ]


def _timed_rows(day: datetime) -> list[Row]:
    """Runs charged by time on hardware that is known, guessed or not known."""
    small = [
        Row(
            id=f"t4-{n:02}",
            subject=T4,
            at=day + n * timedelta(hours=19),
            seconds=Decimal(n * 7) / 4,
            wait=Decimal(n),
            tags={"team": "search" if n % 3 else "vision"},
        )
        for n in range(1, 21)
    ]
    large = [
        Row(
            id=f"l40s-{n:02}", subject=L40S, at=day + n * timedelta(days=2), seconds=Decimal("33.3")
        )
        for n in range(1, 11)
    ]
    later = day + timedelta(days=4)
    return [
        *small,
        *large,
        Row(id="live-1", subject=DEPLOYED, at=day, seconds=Decimal("100.5"), wait=Decimal(30)),
        Row(id="live-2", subject=DEPLOYED, at=day + timedelta(days=9), status="failed"),
        Row(id="mystery-1", subject=MYSTERY, at=day, seconds=Decimal("41.2")),
        Row(id="mystery-2", subject=MYSTERY, at=later, seconds=Decimal("8.05")),
        Row(id="mystery-3", subject=MYSTERY, at=day, status="failed"),
        Row(id="training", subject=GUESSED, at=later, seconds=Decimal("502.713876")),
        Row(id="tiny", subject=FINE, at=day),
    ]


def _counted_rows(day: datetime) -> list[Row]:
    """Runs charged by images and by tokens, some with a tag that is hard to write."""
    images = [
        Row(
            id=f"image-{n}",
            subject=OFFICIAL,
            at=day + timedelta(days=n),
            quantities={"image_output_count": Decimal(n)},
            tags={"team": 'a|b "c"; drop'},
        )
        for n in range(1, 6)
    ]
    tokens = {"token_input_count": Decimal(8), "token_output_count": Decimal(43)}
    return [*images, Row(id="chat", subject=CHAT, at=day, quantities=tokens)]


def _odd_rows(day: datetime) -> list[Row]:
    """Runs that did not succeed, have not ended, or contradict themselves."""
    long, short = Decimal("383.515459"), Decimal("0.128148")
    later = day + timedelta(days=20)
    return [
        Row(id="failed", subject=T4, at=day, status="failed", seconds=long),
        Row(id="canceled", subject=L40S, at=day, status="canceled", seconds=short),
        Row(id="aborted", subject=L40S, at=day, status="aborted", seconds=None),
        Row(id="running", subject=T4, at=later, status="processing", seconds=None),
        Row(id="odd", subject=T4, at=day, status="resting"),
        Row(
            id="negative",
            subject=T4,
            at=day,
            seconds=Decimal(-1),
            wait=Decimal(-3),
            has_error=True,
        ),
    ]


def add_faults(connection: DuckDBPyConnection) -> None:
    """Rejected rows and conflicts, one of each with text that a terminal would obey."""
    connection.execute(_HERE.joinpath("small_faults.sql").read_text(encoding="utf-8"))
