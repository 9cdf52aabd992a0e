"""What a report may be asked with: the one table of parameters, and one asking.

Rule of this file: a parameter is named, typed and explained here and nowhere else; a report's
header lists by name which of them it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pricing.calendar import Period
from reports.dimension import Condition
from reports.table import Waiting


class Parameter(StrEnum):
    """A parameter that a report may take."""

    PERIOD = "period"
    BY = "by"
    WHERE = "where"
    ZONE = "zone"
    BOOK = "book"
    OTHER_BOOK = "other_book"
    KNOWN_ON = "known_on"
    PRICES_KNOWN_ON = "prices_known_on"
    TOP = "top"

    @property
    def type(self) -> str:
        """The type of its value, as the documents show it."""
        return _TYPES[self]

    @property
    def meaning(self) -> str:
        """One sentence on what it does."""
        return _MEANINGS[self]


_TYPES = {
    Parameter.PERIOD: "period",
    Parameter.BY: "dimensions",
    Parameter.WHERE: "conditions",
    Parameter.ZONE: "time zone",
    Parameter.BOOK: "price book",
    Parameter.OTHER_BOOK: "price book",
    Parameter.KNOWN_ON: "instant",
    Parameter.PRICES_KNOWN_ON: "instant",
    Parameter.TOP: "count",
}
_MEANINGS = {
    Parameter.PERIOD: "Charge instants from its start (inclusive) to its end (exclusive).",
    Parameter.BY: "What to group by, in this order.",
    Parameter.WHERE: "Only rows whose dimension matches a pattern with `*`, `?` or `[ab]`.",
    Parameter.ZONE: "The zone whose days and months are meant.",
    Parameter.BOOK: "The price book that rates the records.",
    Parameter.OTHER_BOOK: "The price book to compare with.",
    Parameter.KNOWN_ON: "Only prices, rules and records that were known by then.",
    Parameter.PRICES_KNOWN_ON: "Prices and rules as they were known then, of all records.",
    Parameter.TOP: "Only so many lines, and one more that is the sum of the others.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """One asking of a report.

    Attributes:
        period: charge instants [start, end), and the zone whose days and months are meant.
        by: dimensions in order; None takes the report's own.
        where: conditions, see `Condition`.
        until: how far the period has been lived, normally now; what "the same days" of the
            period before means. None takes the whole period.
        data_as_of: when the ledger last learned something; shown, never used.
        waiting: what has arrived and is not in the ledger yet; shown, never used.
        book: name of the price book that rates the records; shown, never used: the macro `charged`
            already is what that book makes of them.
        other_book: the same for the macro `charged_other`.
        known_on: the instant as of which prices and records are known; shown, never used.
        prices_known_on: the same of prices alone.
    """

    period: Period
    by: tuple[str, ...] | None = None
    where: tuple[Condition, ...] = ()
    until: datetime | None = None
    data_as_of: datetime | None = None
    waiting: Waiting | None = None
    book: str = ""
    other_book: str = ""
    known_on: datetime | None = None
    prices_known_on: datetime | None = None
