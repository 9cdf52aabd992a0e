"""What is kept of a row that was rejected.

Rule of this file: only fields that accounting reads keep their values; any other value, inputs,
outputs and logs among them, becomes `…`. Of a damaged line what stands before the damage is kept
by the same rule. A line that does not begin an object may be the rest of somebody's input, torn
off by a line break, so nothing of it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import InvalidOperation

from costing.ingest.exact_json import DECODER, LEFT_OUT, write_bounded_object

RAW_MOST_CHARACTERS = 8_000
"""Longest text that is kept of one row."""

VALUE_MOST_CHARACTERS = 2_000
"""Longest text that is kept of one value; a longer one becomes `…`."""

DAMAGED_MOST_CHARACTERS = 100_000
"""How far into a damaged line its fields are looked for."""

_KEPT = {
    "id", "kind", "account", "model", "version", "deployment", "hardware", "status", "source",
    "created_at", "started_at", "completed_at", "data_removed",
}  # fmt: skip
_KEPT_OBJECTS = {"metrics", "tags", "urls"}
_PRIVATE = {"input", "output", "logs", "error"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)
_SPACE = re.compile(r"[ \t\n\r]*")


def record_text(record: Mapping[str, object]) -> str:
    """A record that was read but refused, as a JSON object that can be read again.

    >>> record_text({"id": "", "input": {"prompt": "a cat"}, "output": None})
    '{"id":"","input":"…","output":null}'
    """
    return _write(record.items())


def damaged_text(raw: bytes) -> str:
    """A line that is no record: its fields up to the damage.

    >>> damaged_text(b'{"id":"a","input":{"prompt":"a cat"},"status":succeeded}')
    '{"id":"a","input":"…" … (20 characters from the damage on are not kept)'
    """
    text = raw[:DAMAGED_MOST_CHARACTERS].decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return f"({len(raw)} bytes that do not begin a JSON object are not kept)"
    pairs, end = _readable_pairs(text)
    kept = _write(pairs).removesuffix("}")
    return f"{kept} … ({len(text) - end} characters from the damage on are not kept)"


def _write(pairs: Iterable[tuple[str, object]]) -> str:
    text = write_bounded_object(
        ((_shown_name(name), _shown_value(name, value)) for name, value in pairs),
        value_characters=VALUE_MOST_CHARACTERS,
        all_characters=RAW_MOST_CHARACTERS,
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def _shown_name(name: str) -> str:
    return name if _NAME.fullmatch(name) else LEFT_OUT


def _shown_value(name: str, value: object) -> object:
    """A field of accounting as it is; of any other value only whether there is one.

    An object is shown one level deep: where two writers mixed their lines, a field of one record
    may hold the whole of another.
    """
    if name in _KEPT_OBJECTS and isinstance(value, Mapping):
        return {key: _shown_member(name, key, value[key]) for key in value}
    return value if not value or (name in _KEPT and _is_scalar(value)) else LEFT_OUT


def _shown_member(name: str, key: str, value: object) -> object:
    is_kept = key == "get" if name == "urls" else key not in _PRIVATE
    return value if not value or (is_kept and _is_scalar(value)) else LEFT_OUT


def _is_scalar(value: object) -> bool:
    return not isinstance(value, Mapping | list)


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
