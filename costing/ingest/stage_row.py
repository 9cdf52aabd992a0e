"""A record as it is staged: what accounting needs of it, and nothing else.

Rule of this file: the fields are the columns of the table `stage`; inputs, outputs and logs have
no column, so they cannot be stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from costing.ingest.number import decimal_text


@dataclass(frozen=True, slots=True)
class StageRow:
    """One record that was read. A text the record lacks is '', so that equality joins find it.

    At least one of its instants is there; the ledger picks the one that is charged.

    Attributes:
        line: physical line (JSON lines, CSV) or ordinal (array, page, Parquet), from 1.
        hardware: a SKU where the record's text names exactly one, else the record's text.
        selectors: canonical JSON object of what picks a price tier; `{}` if nothing does.
        created_at, started_at, completed_at: aware UTC instants, None where missing.
        predict_seconds: `predict_time` as it was sent, negative too; at most 9 decimals.
        total_seconds: `total_time` likewise.
        quantities: every other numeric metric by its name, and inputs as `input.<field>`.
        other_metrics: canonical JSON object of metrics that are no quantity, None without any.
        is_rounded: a number had more than 9 decimals and was rounded half up.
        input_hash: HMAC-SHA256 of the canonical input, in hex, where a key was given.
    """

    line: int
    id: str
    kind: str
    account: str
    model: str
    version: str
    deployment: str
    hardware: str
    selectors: str
    status: str
    source: str
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    predict_seconds: Decimal | None
    total_seconds: Decimal | None
    quantities: Mapping[str, Decimal]
    other_metrics: str | None
    tags: Mapping[str, str]
    has_error: bool
    data_removed: bool
    is_rounded: bool
    input_hash: str | None

    def to_json(self) -> bytes:
        """One line of JSON for DuckDB: decimals and instants are text, so that no float sees them.

        Instants are naive UTC text, as DuckDB casts it to TIMESTAMP. The line break is included.
        """
        members = {
            "line": self.line,
            "id": self.id,
            "kind": self.kind,
            "account": self.account,
            "model": self.model,
            "version": self.version,
            "deployment": self.deployment,
            "hardware": self.hardware,
            "selectors": self.selectors,
            "status": self.status,
            "source": self.source,
            "created_at": _instant_text(self.created_at),
            "started_at": _instant_text(self.started_at),
            "completed_at": _instant_text(self.completed_at),
            "predict_seconds": _number_text(self.predict_seconds),
            "total_seconds": _number_text(self.total_seconds),
            "quantities": {name: decimal_text(value) for name, value in self.quantities.items()},
            "other_metrics": self.other_metrics,
            "tags": self.tags,
            "has_error": self.has_error,
            "data_removed": self.data_removed,
            "is_rounded": self.is_rounded,
            "input_hash": self.input_hash,
        }
        return f"{_ENCODER.encode(members)}\n".encode()


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a record cannot be taken.

    Attributes:
        reason: a sentence without a dot that holds nothing of the record's inputs or outputs.
        field: the field it is about, '' where it is about the whole record.
    """

    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be taken, kept so that it can be found and mended.

    Attributes:
        line: as in `StageRow`.
        raw: the row's text, bounded, without inputs, outputs and logs (`costing.ingest.raw_text`).
        reason: why, as one sentence without a dot.
        field: the field it is about, '' where it is about the whole row.
        is_retriable: `raw` is all that accounting reads of the row, as it was, so that it may be
            read again in the row's place.
    """

    line: int
    raw: str
    reason: str
    field: str
    is_retriable: bool = False

    def to_json(self) -> bytes:
        """One line of JSON for DuckDB, as `StageRow.to_json`."""
        return f"{_ENCODER.encode(asdict(self))}\n".encode()


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)


def _instant_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()[:-6]


def _number_text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
