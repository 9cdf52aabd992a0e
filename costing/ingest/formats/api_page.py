"""Saved answers of the list endpoints, `{"next": …, "results": […]}`, one or several in a row.

An answer to a request that failed is one object with a `detail`, and at times with more:
`{"title": "Unauthenticated", "detail": "…", "status": 401}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from costing.ingest.exact_json import NotJson, read_json
from costing.ingest.formats.format import Format, Head
from costing.ingest.formats.json_stream import Holder, begins_page, read_elements

if TYPE_CHECKING:
    from costing.ingest.source import Source

_TITLE = "API page"
_MOST_ANSWER_BYTES = 64 * 1024
_OF_RECORDS = frozenset({"id", "created_at", "results"})


def failed_request(head: Head) -> dict[str, str]:
    """The `title` and `detail` of an answer to a failed request; empty if the head is none."""
    if not head.is_whole or len(head.bytes) > _MOST_ANSWER_BYTES:
        return {}
    try:
        answer = read_json(head.bytes)
    except NotJson:
        return {}
    if not isinstance(answer, Mapping) or not _OF_RECORDS.isdisjoint(answer):
        return {}
    told = {name: answer.get(name) for name in ("title", "detail")}
    texts = {name: said for name, said in told.items() if isinstance(said, str)}
    return texts if texts.get("detail") else {}


def _recognise(head: Head) -> bool:
    return head.bytes.lstrip().startswith(b"{") and begins_page(head.bytes)


def _read(source: Source) -> Iterator[tuple[int, object]]:
    return read_elements(source, Holder.PAGE, _TITLE)


FORMAT = Format("api_page", _TITLE, _recognise, _read)
