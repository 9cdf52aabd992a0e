"""Tables as records: columns that are flattened, and cells that are not JSON values.

Rule of this file: `metrics.predict_time` is the member `predict_time` of `metrics`; `predict_time`
and `total_time` alone are the same; an empty cell is null. A cell of `metrics`, `tags` or `input`
may hold JSON text. Columns that accounting does not read are not looked at, so that outputs and
logs never leave the reader.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from costing.ingest.exact_json import NotJson, read_json

_PLAIN_COLUMNS = {
    "id", "kind", "account", "model", "version", "deployment", "hardware", "status", "source",
    "created_at", "started_at", "completed_at", "error", "data_removed",
}  # fmt: skip
_OBJECT_COLUMNS = frozenset({"metrics", "tags", "input", "urls"})
_TIME_COLUMNS = {"predict_time": "metrics", "total_time": "metrics"}
_TRUTHS = {"true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,9})?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def is_read(column: str) -> bool:
    """Whether accounting reads a column of this name."""
    owner, _, _ = column.partition(".")
    return column in _PLAIN_COLUMNS or column in _TIME_COLUMNS or owner in _OBJECT_COLUMNS


def unclear_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """The first columns of which it is not clear whether accounting reads them; none if all are.

    A name is unclear where only its capitals keep it from being read, or from being another's.

    >>> unclear_columns(["id", "Status"]), unclear_columns(["tags.Team", "tags.team"])
    (('Status',), ('tags.Team', 'tags.team'))
    >>> unclear_columns(["id", "status", "Output", "output"])
    ()
    """
    alike: dict[str, list[str]] = {}
    for column in columns:
        if is_read(column.lower()) or is_read(column):
            alike.setdefault(column.lower(), []).append(column)
    unclear = (same for same in alike.values() if len(same) > 1 or not is_read(same[0]))
    return tuple(next(unclear, ()))


def build_record(cells: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The record that the cells of one row make, by their columns."""
    record: dict[str, object] = {}
    members: dict[str, dict[str, object]] = {}
    for column, cell in cells:
        owner, _, member = column.partition(".")
        if column in _TIME_COLUMNS:
            owner, member = _TIME_COLUMNS[column], column
        if cell is None or cell == "":
            continue
        if member and owner in _OBJECT_COLUMNS:
            value = cell if owner in {"tags", "urls"} else read_cell(cell)
            members.setdefault(owner, {}).setdefault(member, value)
        elif column in _OBJECT_COLUMNS:
            record[column] = _read_object(cell)
        else:
            record[column] = read_cell(cell) if column == "data_removed" else cell
    for owner, flattened in members.items():
        whole = record.get(owner)
        record[owner] = {**flattened, **whole} if isinstance(whole, Mapping) else flattened
    return record


def read_cell(cell: object) -> object:
    """A cell's text as the JSON scalar that it writes; other text stays text.

    >>> read_cell("1.50"), read_cell("TRUE"), read_cell("720p")
    (Decimal('1.50'), True, '720p')
    """
    if not isinstance(cell, str):
        return cell
    if _NUMBER.fullmatch(cell) or _NOT_FINITE.fullmatch(cell):
        return Decimal(cell)
    return _TRUTHS.get(cell.lower(), cell)


def _read_object(cell: object) -> object:
    """The object that a cell holds, as JSON text or itself; other text stays, to be refused."""
    if not isinstance(cell, str):
        return cell
    try:
        return read_json(cell.encode("utf-8", "surrogatepass"))
    except NotJson:
        return cell


def exact_value(value: object) -> object:
    """A value of a typed table as the JSON value that a record would hold.

    A double becomes the shortest decimal that it stands for; a member that is null is left out,
    for a table has every member in every row; an instant without a zone counts as UTC. Bytes are
    text in UTF-8, as older writers of Parquet leave it unsaid; others stay bytes, to be refused.
    """
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else Decimal(str(value))
    if isinstance(value, Mapping):
        return {
            str(exact_value(name)): exact_value(each)
            for name, each in value.items()
            if each is not None
        }
    if isinstance(value, list | tuple):
        return [exact_value(each) for each in value]
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    is_scalar = value is None or isinstance(value, str | bool | int | Decimal)
    return value if is_scalar else str(value)


def _decoded(value: bytes) -> str | bytes:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value
