"""A row of any format becomes a `StageRow`, or a `Rejected` that keeps what may be kept of it."""

from __future__ import annotations

from collections.abc import Mapping

from costing.ingest.exact_json import NotJson, read_json
from costing.ingest.line import MAX_LINE_BYTES
from costing.ingest.raw_text import KeptText, damaged_text, record_text
from costing.ingest.record import read_json_record, read_record
from costing.ingest.stage_row import Rejected, Rejection, StageRow

_NOTHING = KeptText(damaged_text(b""), is_whole=False)


def read_row(
    content: object,
    *,
    line: int,
    hash_key: bytes | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> StageRow | Rejected:
    """Read what a format found in one row.

    Args:
        content: bytes of JSON text; a JSON value; or a `Rejected` that the format decided on.
        line: physical line or ordinal.
        hash_key: key of the hash of the input; None keeps no hash.
        max_line_bytes: longest text that is read; a longer one is cut already, and refused here.
    """
    if isinstance(content, bytes):
        return _read_text(content.rstrip(b"\r\n"), line, hash_key, max_line_bytes)
    if isinstance(content, Rejected):
        return content
    row = read_record(content, line=line, hash_key=hash_key)
    if isinstance(row, StageRow):
        return row
    kept = record_text(content) if isinstance(content, Mapping) else _NOTHING
    return _rejected(line, kept, row)


def _read_text(
    raw: bytes, line: int, hash_key: bytes | None, max_line_bytes: int
) -> StageRow | Rejected:
    if len(raw) > max_line_bytes:
        refusal = Rejection(f"longer than {max_line_bytes} bytes")
        return _rejected(line, KeptText(damaged_text(raw), is_whole=False), refusal)
    row = read_json_record(raw, line=line, hash_key=hash_key)
    return row if isinstance(row, StageRow) else _rejected(line, _kept_text(raw), row)


def _kept_text(raw: bytes) -> KeptText:
    """What may be kept of a text, whether it is a whole object or a damaged one."""
    try:
        value = read_json(raw)
    except NotJson:
        value = None
    if isinstance(value, Mapping):
        return record_text(value)
    return KeptText(damaged_text(raw), is_whole=False)


def _rejected(line: int, kept: KeptText, rejection: Rejection) -> Rejected:
    return Rejected(line, kept.text, rejection.reason, rejection.field, kept.is_whole)
