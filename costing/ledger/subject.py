"""The distinct combinations that the ledger holds, as `pricing` reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pricing.usage import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

_QUERY = """
select subject_id, kind, account, model, version, deployment, hardware, selectors
from subject
order by subject_id
"""


def read_subjects(connection: DuckDBPyConnection) -> list[Subject]:
    """Every subject of the open ledger, by id."""
    rows = connection.execute(_QUERY).fetchall()
    return [make_subject(row) for row in rows]


def make_subject(row: Sequence[object]) -> Subject:
    """A subject from its columns, in the order of the table."""
    subject_id, *names, selectors = row
    kind, account, model, version, deployment, hardware = map(str, names)
    return Subject(
        int(str(subject_id)),
        kind,
        account,
        model,
        version,
        deployment,
        hardware,
        read_selectors(str(selectors)),
    )


def read_selectors(text: str) -> tuple[tuple[str, str], ...]:
    """Selectors from their canonical JSON text.

    >>> read_selectors('{"resolution":"720p"}')
    (('resolution', '720p'),)
    """
    return () if text == "{}" else tuple(sorted(json.loads(text).items()))
