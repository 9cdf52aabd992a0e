"""The body of a row of the inbox, read back into what was written.

Rule of this file: rows outlive the program that wrote them, and disks fail; so a body is believed
only when it has every field, each of its type. Fields that this version does not know are ignored.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Written = TypeVar("Written")


def read_body(kind: type[Written], body: bytes) -> Written:
    """The value of a dataclass that a body holds; instants are as they were written.

    Raises:
        ValueError: the body is damaged.
    """
    value = _reader(kind).validate_json(body)  # type: ignore[arg-type]
    assert isinstance(value, kind)
    return value


@cache
def _reader(kind: type[object]) -> TypeAdapter[object]:
    """The reader of a class, made once: that takes longer than reading."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
