"""Tags in the query string of a webhook's address: `?team=search&customer=42`.

Rule of this file: a tag never costs a record. What is no legal tag is left out and counted; what
the record itself says of a key counts more than the address. The bounds are those of a record's
own tags (`costing.ingest.tag`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from costing.ingest.stage_row import StageRow
from costing.ingest.tag import MOST_TAGS, tag_refusal


@dataclass(frozen=True, slots=True)
class AddressTags:
    """The tags that an address gives.

    Attributes:
        tags: the legal ones; of two for one key the later counts.
        left_out: how many pairs were none.
    """

    tags: Mapping[str, str]
    left_out: int = 0


def read_tags(pairs: Iterable[tuple[str, str]]) -> AddressTags:
    """The tags among the pairs of a query string that was decoded.

    >>> read_tags([("team", "search"), ("", "x"), ("team", "ads")])
    AddressTags(tags={'team': 'ads'}, left_out=1)
    """
    tags: dict[str, str] = {}
    left_out = 0
    for key, value in pairs:
        if not tag_refusal(key, value) and (key in tags or len(tags) < MOST_TAGS):
            tags[key] = value
        else:
            left_out += 1
    return AddressTags(tags, left_out)


def put_beneath(row: StageRow, tags: Mapping[str, str]) -> StageRow:
    """The record with these tags beneath its own; of too many the record's own stay."""
    if not tags:
        return row
    free = [key for key in tags if key not in row.tags][: max(MOST_TAGS - len(row.tags), 0)]
    return replace(row, tags={**{key: tags[key] for key in free}, **row.tags})
