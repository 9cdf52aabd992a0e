"""What is kept of a row that was rejected.

Rule of this file: a field's text is kept only where it has the form of that field, so that a piece
of somebody's input, output or log is not kept because damage or a shifted cell has put it there.
Of anything else its kind and length are told. Of a damaged line what stands before the damage is
kept by the same rule. A line that does not begin an object may be the rest of somebody's input,
torn off by a line break, so nothing of it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache

from costing.ingest.exact_json import DECODER, LEFT_OUT, write_bounded_object
from costing.ingest.reading import TIME_METRICS, describe
from pricing.error import UnknownSku
from pricing.sku import find_sku
from pricing.unit import units

RAW_MOST_CHARACTERS = 8_000
"""Longest text that is kept of one row."""

VALUE_MOST_CHARACTERS = 2_000
"""Longest text that is kept of one value; a longer one becomes `…`."""

DAMAGED_MOST_CHARACTERS = 100_000
"""How far into a damaged line its fields are looked for."""

_MOST_NUMBER_CHARACTERS = 64
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class KeptText:
    """What is kept of a record.

    Attributes:
        text: a JSON object.
        is_whole: reading it says the same as reading the record, so that it may be tried again.
    """

    text: str
    is_whole: bool


def record_text(record: Mapping[str, object]) -> KeptText:
    """A record that was read but refused.

    >>> record_text({"id": "", "input": {"prompt": "a cat"}, "output": None}).text
    '{"id":"","input":"… object of 1","output":null}'
    """
    return _write(list(record.items()))


def damaged_text(raw: bytes) -> str:
    """A line that is no record: its fields up to the damage.

    >>> damaged_text(b'{"source":"api","input":{"prompt":"a cat"},"status":succeeded}')
    '{"source":"api","input":"… object of 1" … (20 characters from the damage on are not kept)'
    """
    text = raw[:DAMAGED_MOST_CHARACTERS].decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return f"({len(raw)} bytes that do not begin a JSON object are not kept)"
    pairs, end = _readable_pairs(text)
    kept = _write(pairs).text.removesuffix("}")
    return f"{kept} … ({len(text) - end} characters from the damage on are not kept)"


def _write(pairs: list[tuple[str, object]]) -> KeptText:
    known = [(name, value) for name, value in pairs if name in _SHOWN]
    shown = [(name, _shown_value(name, value)) for name, value in known]
    pairs_of_values = zip(known, shown, strict=True)
    is_whole = all(_is_faithful(name, was, now) for (name, was), (_, now) in pairs_of_values)
    if len(known) < len(pairs):
        shown.append((LEFT_OUT, f"{LEFT_OUT} members of other names: {len(pairs) - len(known)}"))
    text = _bounded_object(shown)
    return KeptText(text, is_whole and text == _bounded_object(shown, most_characters=10**6))


def _bounded_object(
    members: Iterable[tuple[str, object]], most_characters: int = RAW_MOST_CHARACTERS
) -> str:
    text = write_bounded_object(
        members,
        value_characters=min(VALUE_MOST_CHARACTERS, most_characters),
        all_characters=most_characters,
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def _shown_value(name: str, value: object) -> object:
    """A value as it is if it has its field's form or says nothing; else its kind and length."""
    if name == "metrics" and isinstance(value, Mapping):
        return dict(_shown_metric(key, value[key]) for key in value)
    if name == "urls" and isinstance(value, Mapping):
        return {"get": _shown_text(value["get"], _is_address)} if "get" in value else {}
    return _shown_text(value, _FORMS.get(name, _has_no_form))


def _shown_text(value: object, has_form: Callable[[object], bool]) -> object:
    if not value or has_form(value):
        return value
    return describe(value)


def _shown_metric(name: str, value: object) -> tuple[str, object]:
    if name not in _metric_names():
        return LEFT_OUT, LEFT_OUT
    return name, _shown_text(value, _is_short_number)


@cache
def _metric_names() -> frozenset[str]:
    """The metrics that mean something; the name of another may be a word of somebody's output."""
    counted = (metric for unit in units().values() for metric in unit.metrics)
    return frozenset({*TIME_METRICS, *counted})


def _is_faithful(name: str, value: object, shown: object) -> bool:
    """Whether accounting reads from what is shown just what it reads from the value."""
    if name in _UNREAD:
        return True
    if name == "urls" and isinstance(value, Mapping) and isinstance(shown, Mapping):
        return value.get("get") == shown.get("get")
    return shown == value


def _has_no_form(_: object) -> bool:
    return False


def _is_short_number(value: object) -> bool:
    is_number = isinstance(value, Decimal | int)
    return is_number and len(str(value)) <= _MOST_NUMBER_CHARACTERS


def _is_hardware(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        find_sku(value)
    except UnknownSku:
        return False
    return True


def _written(pattern: str) -> Callable[[object], bool]:
    """Whether a value is a text of this form."""
    form = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _is_instant(value: object) -> bool:
    return isinstance(value, datetime) or _is_instant_text(value)


_is_instant_text = _written(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?(?: ?(?:[Zz]|[+-]\d\d:?\d\d))?"
)
_is_named_by_owner = _written(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}/[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_is_address = _written(r"https://api\.replicate\.com/v1/(?:predictions|trainings)/[a-z0-9]{26}")

_FORMS: Mapping[str, Callable[[object], bool]] = {
    "id": _written(r"[a-z0-9]{26}"),
    "kind": _written(r"prediction|training"),
    "model": _is_named_by_owner,
    "version": _written(r"[0-9a-f]{64}|hidden"),
    "deployment": _is_named_by_owner,
    "hardware": _is_hardware,
    "status": _written(r"starting|processing|succeeded|failed|canceled|aborted"),
    "source": _written(r"api|web"),
    "created_at": _is_instant,
    "started_at": _is_instant,
    "completed_at": _is_instant,
    "data_removed": lambda value: isinstance(value, bool),
}
"""Fields whose values have a form of their own, as Replicate writes them
(https://replicate.com/docs/reference/http, read on 2026-11-21)."""

_UNREAD = frozenset({"output", "logs", "error"})
"""Fields that say the same to accounting when they are described: an error, that there is one."""

_SHOWN = frozenset({*_FORMS, *_UNREAD, "account", "metrics", "tags", "urls", "input"})


def _readable_pairs(text: str) -> tuple[list[tuple[str, object]], int]:
    """The members of the object that the text begins, and where the first unreadable one begins."""
    pairs: list[tuple[str, object]] = []
    end, separator = 0, "{"
    while text[end : end + 1] == separator:
        try:
            name, after_name = DECODER.raw_decode(text, _skip_space(text, end + 1))
            colon = _skip_space(text, after_name)
            if not isinstance(name, str) or text[colon : colon + 1] != ":":
                break
            value, after_value = DECODER.raw_decode(text, _skip_space(text, colon + 1))
        except (ValueError, InvalidOperation, RecursionError):
            break
        pairs.append((name, value))
        end, separator = _skip_space(text, after_value), ","
    return pairs, end


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()
