"""What a rate is: the money one unit of one thing costs, from one instant on.

A *key* says what is priced, a *rate* is one dated statement of a price file about a key, and an
*interval* is the half-open stretch of time, start included and end not, in which a rate holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class RateSubject(StrEnum):
    """What a rate is about: a hardware tier, or one model."""

    SKU = "sku"
    MODEL = "model"


class Confidence(StrEnum):
    """How far a published price can be trusted, as its file says."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, order=True)
class RateKey:
    """What is priced: the thing, its unit, and the tier of the unit; sorted in this order.

    Attributes:
        subject_kind: whether `name` is a hardware SKU or a model.
        name: the SKU as Replicate spells it (`gpu-t4`), or `owner/name` of a model.
        unit: a unit id of units.toml.
        when: pairs of selector and condition, sorted by selector, in lower case; empty means any.
    """

    subject_kind: RateSubject
    name: str
    unit: str
    when: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        tier = "".join(f" {selector} {condition}" for selector, condition in self.when)
        return f"{self.name} per {self.unit}{tier and ' when' + tier}"


@dataclass(frozen=True, slots=True)
class Rate:
    """One statement of a price file: this key costs so much from this instant on.

    Attributes:
        price_usd: US dollars for one unit, exact; None says that the price was withdrawn.
        effective_from: first instant at which it holds, aware and in UTC.
        published: the price in the words of its publisher ("$3.00 per thousand output images").
        source: where it was read.
        version: the version of the book that says it.
        input_field: input field that holds the asked quantity where the metrics lack it.
        input_factor: billed units in one unit of that input field.
        known_since: first instant at which the book could have said it.
        line: line of the file at which the statement begins, 0 where there is no file.
        replaces_from: in a correction, the instant of the statement that it replaces.
    """

    key: RateKey
    price_usd: Decimal | None
    effective_from: datetime
    published: str = ""
    source: str = ""
    confidence: Confidence = Confidence.HIGH
    note: str = ""
    version: str = ""
    input_field: str | None = None
    input_factor: Decimal | None = None
    book: str = ""
    known_since: datetime | None = None
    checked_on: date | None = None
    path: str = ""
    line: int = 0
    replaces_from: datetime | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the statement ends a price instead of setting one."""
        return self.price_usd is None

    @property
    def reference(self) -> str:
        """Book and version that say it, as `BOOK@VERSION`."""
        return f"{self.book}@{self.version}"


@dataclass(frozen=True, slots=True)
class RateInterval:
    """The half-open stretch of time in which a rate holds.

    Attributes:
        rate: the statement in force, with the contracted price.
        starts_at: first instant at which it holds.
        ends_at: first instant at which it no longer holds; None while nothing follows.
        list_price_usd: price before discounts and contracts; None where `rate` is a withdrawal.
    """

    rate: Rate
    starts_at: datetime
    ends_at: datetime | None
    list_price_usd: Decimal | None

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing could be bought in this interval."""
        return self.rate.price_usd is None

    def contains(self, instant: datetime) -> bool:
        """Tell whether the interval holds at an instant: its start is in, its end is not."""
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)
