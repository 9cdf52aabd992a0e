"""What one price file says: a dated version of a book, which never changes once shipped.

A version is a *delta*: each of its rates holds until another version prices the same key again or
withdraws it. A *move* sets prices from an instant on. A *correction* replaces what another version
said, from the same instant on, and gives its reason; both stay readable by the date of knowing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase

from pricing.rate import Confidence, Rate, RateKey, RateSubject


class VersionKind(StrEnum):
    """Whether a version says that prices changed, or that an earlier version was wrong."""

    MOVE = "move"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Discount:
    """A share taken off the prices of the book that a contract book builds on.

    Attributes:
        percent: hundredths taken off, above 0 and below 100; 0 ends an earlier discount.
        effective_from: first instant at which it holds.
        subject_kind: what the pattern is matched against; None for every price.
        pattern: shell pattern of SKUs or models (`gpu-l40s*`, `acme/*`).
    """

    percent: Decimal
    effective_from: datetime
    subject_kind: RateSubject | None = None
    pattern: str = "*"
    version: str = ""
    source: str = ""
    line: int = 0

    def matches(self, key: RateKey) -> bool:
        """Tell whether the discount speaks of a key."""
        if self.subject_kind is not None and self.subject_kind is not key.subject_kind:
            return False
        return fnmatchcase(key.name, self.pattern)

    @property
    def specificity(self) -> tuple[bool, int]:
        """Rank of the pattern: a plain name first, then the pattern that spells out most."""
        wild = sum(self.pattern.count(character) for character in "*?[")
        return wild == 0, len(self.pattern) - wild


@dataclass(frozen=True, slots=True)
class BookVersion:
    """One price file, read and checked.

    Attributes:
        book: name of the book, which is also the name of its folder.
        version: name of the version, unique in the book.
        effective_from: instant from which its rates hold unless they say their own.
        known_since: instant from which the book could have said it.
        corrects: the version that a correction replaces a part of.
        reason: why a correction was needed.
        checked_on: day on which the source was last seen to say so.
        builds_on: book whose prices a contract book takes and overrides.
        is_complete: whether it lists every hardware tier that could be bought, so that a tier
            priced before and not named here is a mistake.
        defaults: by model, the selector values it takes when a record does not show them.
        digest: SHA-256 of the file, in hexadecimal.
    """

    book: str
    version: str
    effective_from: datetime
    known_since: datetime
    kind: VersionKind = VersionKind.MOVE
    rates: tuple[Rate, ...] = ()
    defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    discounts: tuple[Discount, ...] = ()
    corrects: str | None = None
    reason: str = ""
    currency: str = "USD"
    source: str = ""
    checked_on: date | None = None
    confidence: Confidence = Confidence.HIGH
    note: str = ""
    builds_on: str | None = None
    is_complete: bool = False
    path: str = ""
    digest: str = ""

    @property
    def reference(self) -> str:
        """Book and version as `BOOK@VERSION`."""
        return f"{self.book}@{self.version}"

    @property
    def last_change(self) -> datetime:
        """Instant of the last price that the version sets."""
        return max((rate.effective_from for rate in self.rates), default=self.effective_from)
