"""Records that had not ended are asked for one by one, so that what no webhook told is found.

Rule of this file: who was just listed is not asked for; see `costing.sync.patience` for who else is
not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from costing.sync.lane import answered
from costing.sync.patience import read_patience
from costing.sync.result import Row, arrivals_of, read_result
from pricing.usage import Kind

if TYPE_CHECKING:
    from costing.replicate.client import Client
    from costing.sync.known import Known, Unfinished
    from costing.sync.memory import Memory

_NO_IDS = frozenset({".", ".."})
"""Ids that no address can hold."""


def ask_again(
    known: Known,
    client: Client,
    memory: Memory,
    *,
    prefix: str,
    hash_key: bytes | None,
    now: datetime,
    take: Callable[[list[Row]], None],
) -> frozenset[str]:
    """Ask for every record that has not ended and is not in a list just read.

    Args:
        prefix: of the names of cursors.
        take: told of the records that were kept.

    Returns:
        Ids that Replicate does not know, or does not show to this token.
    """
    cursor = f"{prefix}/unfinished"
    patience = read_patience(memory.recall(cursor))
    open_ids = frozenset(known.unfinished)
    due = [one for one in patience.due(known.unfinished.values(), now) if one.id not in _NO_IDS]
    missing: set[str] = set()
    for batch in answered(due, lambda one: _ask(client, one)):
        rows = [read_result(raw, one.kind, hash_key) for one, raw in batch if raw is not None]
        missing |= {one.id for one, raw in batch if raw is None}
        memory.keep(arrivals_of(rows), {})
        take(rows)
    memory.keep([], {cursor: patience.after(open_ids, missing, now).to_text()})
    return frozenset(missing)


def _ask(client: Client, one: Unfinished) -> bytes:
    """The record as it stands now."""
    return client.training(one.id) if one.kind is Kind.TRAINING else client.prediction(one.id)
