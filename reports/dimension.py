"""What a report may be grouped and narrowed by: the one allow-list.

Rule of this file: SQL text comes from this table alone. What a user types is looked up here, or
bound as a parameter; it never becomes part of a statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from reports.errors import BadCondition, UnknownDimension

TAG_PREFIX = "tag:"
_OF_RUN = frozenset({"status", "state", "reason"})


class Reach(Enum):
    """Where a dimension is known."""

    RECORD = "record"
    """On every prediction, in the views `record` and `charge` alike."""
    CHARGE = "charge"
    """Only once priced, in the view `charge`."""
    TIME = "time"
    """A piece of calendar in the asked zone; to group by, never to narrow by."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing to group by.

    Attributes:
        name: as it is asked for.
        expression: the SQL over `charge`, `record` or `bucket`; NULL where there is no value.
        reach: where it is known.
        meaning: one phrase.
        tag: the tag's key for a `tag:KEY` dimension, bound in place of `{tag}`; else None.
    """

    name: str
    expression: str
    reach: Reach
    meaning: str
    tag: str | None = None

    @property
    def is_of_row(self) -> bool:
        """Whether records of one subject and status may differ in it."""
        return self.reach is Reach.TIME or self.tag is not None or self.name == "source"

    @property
    def is_of_subject(self) -> bool:
        """Whether it is known of a subject and its term, before anything is known of a run."""
        return not self.is_of_row and self.name not in _OF_RUN


@dataclass(frozen=True, slots=True)
class Condition:
    """One `--where`: rows whose dimension matches the pattern (`*`, `?`, `[ab]`).

    Conditions on one dimension widen each other (or), on several narrow each other (and). A row
    without a value matches as the empty text.
    """

    dimension: Dimension
    pattern: str


_RECORD, _CHARGE, _TIME = Reach.RECORD, Reach.CHARGE, Reach.TIME

DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        Dimension("model", "nullif(model, '')", _RECORD, "owner/name of the model"),
        Dimension("version", "nullif(version, '')", _RECORD, "version of the model"),
        Dimension("deployment", "nullif(deployment, '')", _RECORD, "owner/name of the deployment"),
        Dimension("account", "nullif(account, '')", _RECORD, "account that the record came from"),
        Dimension("kind", "kind", _RECORD, "prediction or training"),
        Dimension("status", "status", _RECORD, "status as Replicate gives it"),
        Dimension("source", "source", _RECORD, "api or web"),
        Dimension("hardware", "sku", _CHARGE, "SKU that the time was priced by"),
        Dimension("class", '"class"', _CHARGE, "billing class"),
        Dimension("unit", "unit", _CHARGE, "unit that was priced"),
        Dimension("evidence", "evidence", _CHARGE, "how the hardware is known"),
        Dimension("state", "state", _CHARGE, "rated, unrated or pending"),
        Dimension("reason", "reason", _CHARGE, "why there is no amount"),
        Dimension("price_version", "price_version", _CHARGE, "version of the price book"),
        Dimension("hour", "bucket.hour", _TIME, "hour of the charge instant, with its offset"),
        Dimension("day", "bucket.day", _TIME, "day of the charge instant"),
        Dimension("week", "bucket.week", _TIME, "ISO week of the charge instant"),
        Dimension("month", "bucket.month", _TIME, "month of the charge instant"),
        Dimension("year", "bucket.year", _TIME, "year of the charge instant"),
    )
}


def find_dimension(name: str) -> Dimension:
    """The dimension of that name; `tag:KEY` stands for any tag.

    Raises:
        UnknownDimension: it is not in the table.
    """
    if name.startswith(TAG_PREFIX) and len(name) > len(TAG_PREFIX):
        key = name.removeprefix(TAG_PREFIX)
        return Dimension(name, "tags[{tag}]", Reach.RECORD, f'value of the tag "{key}"', key)
    if name not in DIMENSIONS:
        raise UnknownDimension(name, [*DIMENSIONS, f"{TAG_PREFIX}KEY"])
    return DIMENSIONS[name]


def parse_condition(text: str) -> Condition:
    """A condition written as dimension=pattern.

    >>> parse_condition("model=owner/*").pattern
    'owner/*'

    Raises:
        BadCondition: there is no `=` or no dimension before it.
        UnknownDimension: there is no such dimension.
    """
    name, equals, pattern = text.partition("=")
    if not equals or not name.strip():
        raise BadCondition(text)
    return Condition(find_dimension(name.strip()), pattern)


def allowed_names(reaches: Sequence[Reach]) -> tuple[str, ...]:
    """Names of the dimensions known at any of these reaches, for help and errors."""
    names = [item.name for item in DIMENSIONS.values() if item.reach in reaches]
    return (*names, f"{TAG_PREFIX}KEY") if Reach.RECORD in reaches else tuple(names)
