"""What stands in a page of records, read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from costing.ingest.arrival import arrival_of
from costing.ingest.exact_json import NotJson, read_json
from costing.ingest.formats.json_stream import cut_results
from costing.ingest.formats.json_text import BrokenJson
from costing.ingest.line import MAX_LINE_BYTES
from costing.ingest.row import read_row
from costing.ingest.stage_row import Rejected, StageRow
from costing.replicate.error import AnswerUnexpected
from costing.replicate.page import Page
from costing.state.inbox import Arrival, Origin
from pricing.usage import Kind

Row = StageRow | Rejected

LINE = 1
"""Records of a list have no lasting place in it, and a place that moves would make one refused
record many."""


def arrivals_of(rows: Sequence[Row]) -> list[Arrival]:
    """Rows for the inbox. A refused record is one message however often it is listed."""
    return [arrival_of(row, Origin.SYNC, _message_id(row)) for row in rows]


def _message_id(row: Row) -> str:
    if isinstance(row, StageRow):
        return ""
    return blake2b(row.to_json(), digest_size=16).hexdigest()


def read_results(page: Page, kind: Kind, hash_key: bytes | None) -> list[Row]:
    """The records of a page, in its order.

    Args:
        kind: what the list lists; a record of the list of trainings is one whatever it says.
        hash_key: key of the hash of inputs; None keeps none.

    Raises:
        AnswerUnexpected: the records cannot be told apart.
    """
    return [read_result(content, kind, hash_key) for content in _contents(page)]


def read_result(content: object, kind: Kind, hash_key: bytes | None) -> Row:
    """One record: its JSON text, or a value that was read from it."""
    row = read_row(content, line=LINE, hash_key=hash_key)
    if kind is Kind.TRAINING and isinstance(row, StageRow):
        return replace(row, kind=kind.value)
    return row


def oldest_of(rows: Sequence[Row]) -> datetime | None:
    """When the oldest of these was created; None where none says."""
    return min(created_instants(rows), default=None)


def created_instants(rows: Sequence[Row]) -> list[datetime]:
    """When these were created, as far as they say."""
    return [
        row.created_at for row in rows if isinstance(row, StageRow) and row.created_at is not None
    ]


def _contents(page: Page) -> Sequence[object]:
    """The records as values; of a page that is no exact JSON as a whole, as their texts."""
    try:
        value = read_json(page.body) if len(page.body) <= MAX_LINE_BYTES else None
    except NotJson:
        value = None
    results = value.get("results") if isinstance(value, dict) else None
    return results if isinstance(results, list) else _texts(page)


def _texts(page: Page) -> tuple[bytes, ...]:
    try:
        return cut_results(page.body)
    except BrokenJson as error:
        raise AnswerUnexpected(page.address, error.reason) from error
