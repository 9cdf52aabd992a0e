"""Merging what a source said into the ledger, a set at a time.

Rule of this file: rows are merged in rounds, so that an id that stands several times in one source
takes the same way as one that comes in several sources. What becomes of a row is decided in
`merge/compare_changed.sql`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costing.statement import fetch_count, run_statement

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from costing.statement import Parameters

MOST_ROUNDS = 16
"""Most contents of one id in one source that are merged one by one, so that each is compared and
its contradictions recorded; a webhook log of a prediction has about ten. Earlier ones are one. A
round takes some 4 MB of the memory limit, which are free again only when the source is in."""

_FOLDER = "ledger/merge"


@dataclass(frozen=True, slots=True)
class MergeCount:
    """How many rows of a source ended in which way; together they are all its readable rows."""

    taken: int = 0
    unchanged: int = 0
    updated: int = 0
    conflicted: int = 0

    def __add__(self, other: MergeCount) -> MergeCount:
        """The counts of two rounds as one."""
        return MergeCount(
            self.taken + other.taken,
            self.unchanged + other.unchanged,
            self.updated + other.updated,
            self.conflicted + other.conflicted,
        )


def merge_stage(
    connection: DuckDBPyConnection,
    *,
    ingest_id: int,
    observed_at: datetime,
    most_rounds: int = MOST_ROUNDS,
) -> MergeCount:
    """Merge the view `stage` into the attached `ledger`; the caller owns the transaction.

    Args:
        most_rounds: most contents of one id that are merged one by one, 1 or more; what the ledger
            holds in the end is the same with any.
    """
    run_statement(connection, _FOLDER, "rules")
    run_statement(connection, _FOLDER, "number_repeats", {"most_rounds": most_rounds})
    run_statement(connection, _FOLDER, "fold_crowds")
    rounds = fetch_count(connection, "select max(round) from repeated_row")
    run_statement(connection, _FOLDER, "first_round")
    count = _merge_round(connection, ingest_id, observed_at) + _folded_contents(connection)
    for number in range(2, rounds + 1):
        run_statement(connection, _FOLDER, "next_round", {"round": number})
        count += _merge_round(connection, ingest_id, observed_at)
    return count + MergeCount(unchanged=_identical_rows(connection))


def _merge_round(
    connection: DuckDBPyConnection, ingest_id: int, observed_at: datetime
) -> MergeCount:
    """Merge the view `incoming`, in which every id stands once."""
    place: Parameters = {
        "ingest_id": ingest_id,
        "observed_at": observed_at.replace(tzinfo=None).isoformat(),
    }
    for step in ("match_known", "compare_changed", "store_subjects"):
        run_statement(connection, _FOLDER, step)
    run_statement(connection, _FOLDER, "store_new", place)
    count = _count_round(connection)
    if count.updated or count.conflicted:
        run_statement(connection, _FOLDER, "store_merged", place)
    return count


def _count_round(connection: DuckDBPyConnection) -> MergeCount:
    incoming = fetch_count(connection, "select count(*) from incoming")
    known = fetch_count(connection, "select count(*) from known_id")
    merged = fetch_count(connection, "select count(*) from merged_row")
    conflicted = fetch_count(
        connection, "select count(*) from merged_row where len(conflicting_fields) > 0"
    )
    return MergeCount(incoming - known, known - merged, merged - conflicted, conflicted)


def _identical_rows(connection: DuckDBPyConnection) -> int:
    """Rows of the source that are the same to the last field as another row of it."""
    return fetch_count(
        connection,
        "select sum(copies - 1) from "
        "(select count(*) as copies from repeated_row group by id, occurrence)",
    )


def _folded_contents(connection: DuckDBPyConnection) -> MergeCount:
    """Contents that went into another of the same id, once the first round is merged.

    Each said something newer than the last, unless the ledger had heard all that they say together.
    """
    folded = fetch_count(connection, "select sum(contents - 1) from folded_count")
    heard = fetch_count(
        connection,
        "select sum(contents - 1) from folded_count where id in (select id from known_id) "
        "and id not in (select id from merged_row)",
    )
    return MergeCount(unchanged=heard, updated=folded - heard)
