"""How a prediction record is read: the definition that every other way in must agree with.

Rule of this file: a record becomes a `StageRow` or a `Rejection`, and nothing that it holds can
raise. What has no use in accounting is ignored, however odd; a field that decides money or time
and is not what it must be refuses the record, by name. Oddities of real records (times out of
order, negative times, missing ends) are no reason to refuse: they are kept, counted and flagged.

The fields are those of Replicate's prediction object (replicate.com/docs/reference/http, read on
2026-11-21). `hardware`, `tags`, `account` and `kind` are additions of ours for users' exports.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from costing.ingest.exact_json import LEFT_OUT, NotJson, read_json, write_json
from costing.ingest.instant import NotAnInstant, read_instant
from costing.ingest.reading import FieldRefused, Reading, as_number
from costing.ingest.stage_row import Rejection, StageRow
from costing.ingest.tag import MOST_TAG_CHARACTERS, MOST_TAGS
from pricing.error import UnknownSku
from pricing.sku import find_sku
from pricing.usage import Kind, charge_instant

MOST_TEXT_CHARACTERS = 256
MOST_ID_CHARACTERS = 128

_TAG_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,64}", re.ASCII)
# Texts are printed to terminals, where control characters could draw anything.
_NO_CONTROL_CHARACTERS = r"^[^\x00-\x1f\x7f-\x9f]*$"


def _instant(value: object) -> datetime | None:
    try:
        return read_instant(value)
    except NotAnInstant as error:
        raise PydanticCustomError("instant", "{reason}", {"reason": str(error)}) from None


def _tag_texts(value: object) -> object:
    """Numbers and truth values of tags as text; a null tag is no tag."""
    if not isinstance(value, dict):
        return value
    return {name: _tag_text(tag) for name, tag in value.items() if tag is not None}


def _tag_text(tag: object) -> object:
    if isinstance(tag, bool):
        return "true" if tag else "false"
    number = as_number(tag)
    return tag if number is None else str(number)


_RequiredText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_ID_CHARACTERS, pattern=_NO_CONTROL_CHARACTERS),
]
_Text = Annotated[
    str, StringConstraints(max_length=MOST_TEXT_CHARACTERS, pattern=_NO_CONTROL_CHARACTERS)
]
_TagText = Annotated[
    str, StringConstraints(max_length=MOST_TAG_CHARACTERS, pattern=_NO_CONTROL_CHARACTERS)
]
_Tags = Annotated[
    Annotated[dict[_TagText, _TagText], Field(max_length=MOST_TAGS)] | None,
    BeforeValidator(_tag_texts),
]
_Instant = Annotated[datetime | None, PlainValidator(_instant)]


class PredictionRecord(BaseModel):  # type: ignore[explicit-any]  # pydantic's own
    """A prediction or training as Replicate serves it, as far as accounting reads it.

    Types are strict: a number is no text, a text is no truth value. Unknown fields are ignored.
    `input`, `error` and `urls` may be anything: what is not as expected says nothing.
    """

    model_config = ConfigDict(strict=True, extra="ignore")

    id: _RequiredText
    status: _RequiredText
    kind: Literal["prediction", "training"] | None = None
    account: _Text | None = None
    model: _Text | None = None
    version: _Text | None = None
    deployment: _Text | None = None
    hardware: _Text | None = None
    source: _Text | None = None
    created_at: _Instant = None
    started_at: _Instant = None
    completed_at: _Instant = None
    metrics: dict[str, object] | None = None
    tags: _Tags = None
    data_removed: bool | None = None
    input: object = None
    error: object = None
    urls: object = None


def read_json_record(
    raw: bytes, *, line: int, hash_key: bytes | None = None
) -> StageRow | Rejection:
    """Read a record from its JSON text in UTF-8; see `read_record`."""
    try:
        value = read_json(raw)
    except NotJson as error:
        return Rejection(str(error))
    return read_record(value, line=line, hash_key=hash_key)


def read_record(value: object, *, line: int, hash_key: bytes | None = None) -> StageRow | Rejection:
    """Read a record from a JSON value whose numbers are `Decimal` or `int`.

    Args:
        value: the record; its texts must be Unicode without halves of surrogate pairs.
        line: where the record stands, for `StageRow.line`.
        hash_key: key of the hash of the input; None keeps no hash.
    """
    try:
        return _stage(PredictionRecord.model_validate(value), line, hash_key)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return _rejection(details[0])
    except FieldRefused as refusal:
        return Rejection(str(refusal), refusal.field)
    except RecursionError:
        return Rejection("nested too deeply")


def _stage(record: PredictionRecord, line: int, hash_key: bytes | None) -> StageRow:
    if charge_instant(record.completed_at, record.started_at, record.created_at) is None:
        raise FieldRefused("", "no instant: created_at, started_at and completed_at are missing")
    metrics = record.metrics or {}
    asked = record.input if isinstance(record.input, dict) else {}
    reading = Reading()
    predict_seconds = reading.read_seconds(metrics, "predict_time")
    total_seconds = reading.read_seconds(metrics, "total_time")
    reading.read_metrics(metrics)
    if asked:
        reading.read_input(asked)
    return StageRow(
        line=line,
        id=record.id,
        kind=record.kind or _kind(record.urls),
        account=record.account or "",
        model=record.model or "",
        version=record.version or "",
        deployment=record.deployment or "",
        hardware=_hardware(record.hardware) if record.hardware else "",
        selectors=reading.selectors_text(),
        status=record.status,
        source=record.source or "",
        created_at=record.created_at,
        started_at=record.started_at,
        completed_at=record.completed_at,
        predict_seconds=predict_seconds,
        total_seconds=total_seconds,
        quantities=reading.quantities,
        other_metrics=reading.others_text(),
        tags=record.tags or {},
        has_error=record.error not in _NO_ERROR,
        data_removed=bool(record.data_removed),
        is_rounded=reading.is_rounded,
        input_hash=_input_hash(asked, hash_key) if hash_key and asked else None,
    )


_NO_ERROR: tuple[object, ...] = (None, "", {}, [])


def _kind(urls: object) -> str:
    """What the record's own address says it is; a record without one is a prediction."""
    address = urls.get("get") if isinstance(urls, Mapping) else None
    is_training = isinstance(address, str) and "/trainings/" in address
    return Kind.TRAINING.value if is_training else Kind.PREDICTION.value


@lru_cache(maxsize=1024)
def _hardware(text: str) -> str:
    """The SKU that the text clearly names; any other text stays, for the resolver to tell of it."""
    try:
        match = find_sku(text)
    except UnknownSku:
        return text
    return match.sku if match.note is None else text


def _input_hash(asked: Mapping[str, object], hash_key: bytes) -> str:
    return hmac.new(hash_key, write_json(asked).encode("utf-8"), hashlib.sha256).hexdigest()


_REASONS = {
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "literal_error": "must be prediction or training",
    "missing": "is missing",
    "model_type": "not a JSON object",
    "string_pattern_mismatch": "holds control characters",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is empty",
    "string_type": "must be text",
    "string_unicode": "is not Unicode text",
    "too_long": "has more than {max_length} members",
}
"""What each kind of pydantic's errors means to a person; none repeats the value."""


def _rejection(details: ErrorDetails) -> Rejection:
    field = ".".join(_shown_place(part) for part in details["loc"] if part != "[key]")
    known = _REASONS.get(details["type"])
    reason = known.format_map(details.get("ctx", {})) if known else details["msg"]
    return Rejection(f"{field} {reason}".strip(), field)


def _shown_place(part: str | int) -> str:
    """A part of a field's place; a tag's name that looks like a sentence is not repeated."""
    text = str(part)
    return text if _TAG_NAME.fullmatch(text) else LEFT_OUT
