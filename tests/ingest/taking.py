"""Taking records into a ledger of a test, and reading back what it holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import duckdb

from costing.ingest.ingestion import IngestOptions, ingest_source
from costing.ingest.staging import StageOptions
from tests.turn import a_turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from costing.ingest.summary import SourceSummary

_ticks = count()


def options(home: Path, **stage: object) -> IngestOptions:
    """Options of an ingest whose clock moves on a second with every look."""
    return IngestOptions(
        home=home,
        memory_limit="200MB",
        max_line_bytes=16 * 1024**2,
        stage=StageOptions(**stage),  # type: ignore[arg-type]
        turn=a_turn(
            clock=lambda: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=next(_ticks))
        ),
    )


def take(home: Path, records: Iterable[Mapping[str, object]], **stage: object) -> SourceSummary:
    """Take records in as one file of JSON lines."""
    return ingest_source(write_records(home, records), options(home, **stage))


def write_records(home: Path, records: Iterable[Mapping[str, object]]) -> Path:
    """A new file of JSON lines below `home`."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"records-{next(_ticks)}.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def held(home: Path) -> list[tuple[object, ...]]:
    """Everything that the ledger says of every id, by id; not when or from where it came."""
    with duckdb.connect(str(home / "ledger.duckdb"), read_only=True) as connection:
        return connection.execute(
            """
            select
                id, kind, account, model, version, deployment, hardware, selectors, status, source,
                created_at, started_at, completed_at, charged_at, predict_seconds, total_seconds,
                quantities, other_metrics, tags, has_error, data_removed, is_rounded
            from prediction join subject using (subject_id)
            order by id
            """
        ).fetchall()


def fetch(home: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of any query on the ledger."""
    with duckdb.connect(str(home / "ledger.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()
