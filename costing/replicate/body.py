"""From the body of an answer to what it means.

Rule of this file: a body that means nothing is refused without being quoted.
"""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

Resource = TypeVar("Resource")


class BodyUnreadable(ValueError):
    """A body that is not what was asked for.

    Attributes:
        is_json: whether it is a whole JSON text at least.
    """

    def __init__(self, reason: str, *, is_json: bool) -> None:
        super().__init__(reason)
        self.is_json = is_json


def read_resource(kind: type[Resource], body: bytes) -> Resource:
    """The resource in a body; one of the classes of `costing.replicate.resource`.

    Raises:
        BodyUnreadable: it is no JSON, or lacks something, which is named.
    """
    try:
        return TypeAdapter(kind).validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
    first = faults[0]
    is_json = first["type"] != "json_invalid"
    path = ".".join(str(part) for part in first["loc"])
    reason = f"{path or 'it'}: {first['msg'].lower()}" if is_json else "it is no JSON"
    raise BodyUnreadable(reason, is_json=is_json)


def read_object(body: bytes) -> dict[str, object]:
    """The JSON object in a body, for its outline: numbers are left as text, of any length.

    Raises:
        BodyUnreadable: it is no JSON, or no object.
    """
    try:
        found: object = json.loads(body, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise BodyUnreadable("it is nested too deeply", is_json=True) from error
    except ValueError as error:
        raise BodyUnreadable("it is no JSON", is_json=False) from error
    if not isinstance(found, dict):
        raise BodyUnreadable("it is no object", is_json=True)
    return found
