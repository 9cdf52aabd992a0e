"""The distinct combinations that the ledger holds, as `pricing` reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pricing.usage import Subject

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_QUERY = """
select subject_id, kind, account, model, version, deployment, hardware, selectors
from subject
order by subject_id
"""


def read_subjects(connection: DuckDBPyConnection) -> list[Subject]:
    """Every subject of the open ledger, by id."""
    rows = connection.execute(_QUERY).fetchall()
    return [Subject(*row[:-1], selectors=_selectors(row[-1])) for row in rows]


def _selectors(text: str) -> tuple[tuple[str, str], ...]:
    """Selectors from their canonical JSON text.

    >>> _selectors('{"resolution":"720p"}')
    (('resolution', '720p'),)
    """
    return () if text == "{}" else tuple(sorted(json.loads(text).items()))
