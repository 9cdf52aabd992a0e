"""JSON read and written exactly.

Rule of this file: a number is the decimal that was written, never a float; of keys that repeat
within one object the first counts (DuckDB's reader, which is the other way in, does so too).
`NaN` and `Infinity` are not JSON, but programs write them into outputs: they are read as decimals
that are not finite, so that only a field that needs a number refuses them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

LEFT_OUT = "…"
"""Stands where a value was that is not kept."""

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class NotJson(ValueError):
    """Text that is no JSON, with a reason that holds nothing of the text itself."""


def first_of_equal_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of these pairs; of equal keys the first counts.

    >>> first_of_equal_keys([("id", "a"), ("id", "b")])
    {'id': 'a'}
    """
    members = dict(pairs)
    return members if len(members) == len(pairs) else dict(reversed(pairs))


DECODER = json.JSONDecoder(
    parse_float=Decimal,
    parse_int=Decimal,
    parse_constant=Decimal,
    object_pairs_hook=first_of_equal_keys,
)
"""The one way in which this package reads JSON text."""


def read_json(raw: bytes) -> object:
    """The value that UTF-8 JSON text holds, numbers as `Decimal`.

    Raises:
        NotJson: not UTF-8, not JSON, nested too deeply, or with half of a surrogate pair.
    """
    try:
        text = raw.decode("utf-8")
        value: object = DECODER.decode(text)
        if _SURROGATE_ESCAPE.search(text) is not None:
            write_json(value).encode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 text (byte {error.start + 1})") from None
    except UnicodeEncodeError:
        raise NotJson("not Unicode text: half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg} (character {error.pos + 1})") from None
    except InvalidOperation:
        raise NotJson("a number's exponent is beyond all bounds") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    return value


def write_json(value: object) -> str:
    """The canonical JSON text of a value: sorted keys, no spaces, numbers as they were written.

    A number that is not finite becomes text, so the result always is JSON.

    >>> write_json({"b": [Decimal("1.50"), True], "a": Decimal("NaN")})
    '{"a":"NaN","b":[1.50,true]}'
    """
    if isinstance(value, dict):
        members = (f"{_quote(key)}:{write_json(value[key])}" for key in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(write_json, value)) + "]"
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else f'"{value}"'
    return _quote(value) if isinstance(value, str) else json.dumps(value, default=str)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def write_bounded_object(
    members: Iterable[tuple[str, object]], *, value_characters: int, all_characters: int
) -> str:
    """A canonical object in the given order, within bounds: a value too long becomes `…`.

    Members for which no room is left are left out; the result always is JSON.
    """
    texts: list[str] = []
    room = all_characters - 2
    for name, value in members:
        text = f"{_quote(name)}:{_bounded_text(value, value_characters)}"
        room -= len(text) + 1
        if room < 0:
            break
        texts.append(text)
    return "{" + ",".join(texts) + "}"


def _bounded_text(value: object, most_characters: int) -> str:
    try:
        text = write_json(value)
    except RecursionError:
        return f'"{LEFT_OUT}"'
    return text if len(text) <= most_characters else f'"{LEFT_OUT}"'
