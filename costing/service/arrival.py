"""From bytes that arrived to rows of the inbox.

Rule of this file: a record becomes a row of facts, or a rejected row that keeps its reason and the
text that accounting may keep (`costing.ingest.row`); nothing of inputs, outputs and logs goes on
from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from io import BytesIO

from costing.ingest.arrival import arrival_of
from costing.ingest.exact_json import read_json
from costing.ingest.line import bounded_lines
from costing.ingest.row import read_row
from costing.ingest.stage_row import Rejected, StageRow
from costing.service.tag import put_beneath
from costing.state.inbox import Arrival, Origin


class BodyShape(Enum):
    """How records stand in a body, by its media type."""

    JSON = "application/json"
    LINES = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of one record.

    Attributes:
        line: its line, or its place in a list, from 1.
        id: the prediction's id, '' where the record was rejected.
        arrival: the row for the inbox.
        rejected: why it was rejected, None where it was not.
    """

    line: int
    id: str
    arrival: Arrival
    rejected: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """How records are read.

    Attributes:
        origin: by which way they come.
        hash_key: key of the hash of the input; None keeps none.
        tags: tags beneath the records' own.
        message_id: of the message that holds the one record, '' for none.
    """

    origin: Origin
    hash_key: bytes | None = None
    tags: Mapping[str, str] | None = None
    message_id: str = ""

    def read(self, content: object, line: int) -> Read:
        """Read one record: JSON text, or a value that was read from JSON."""
        row = read_row(content, line=line, hash_key=self.hash_key)
        if isinstance(row, Rejected):
            return Read(line, "", self._arrive(row), row)
        return Read(line, row.id, self._arrive(put_beneath(row, self.tags or {})))

    def _arrive(self, row: StageRow | Rejected) -> Arrival:
        return arrival_of(row, self.origin, self.message_id)


def split_body(raw: bytes, shape: BodyShape) -> Iterator[tuple[int, object]]:
    """The records in a body, each with its line or place from 1.

    Raises:
        NotJson: a body that is to be one JSON value is none.
    """
    if shape is BodyShape.LINES:
        lines = enumerate(bounded_lines(BytesIO(raw)), start=1)
        yield from ((number, line) for number, line in lines if not line.isspace())
        return
    value = read_json(raw)
    yield from enumerate(value if isinstance(value, list) else [value], start=1)
