"""What a column of a report holds: its unit, and how its lines make up the total.

Rule of this file: a report's SQL only adds and multiplies. Every quotient of a report (a share,
a change, a cost per image) is a formula named in its header and computed by `reports.derive`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

Cell = Decimal | int | str | datetime | None
"""One value of a table. None is "unknown" and is never shown as zero."""

Quantities = dict[str, Decimal]
"""Quantities by unit id, as DuckDB returns a map."""

Value = Cell | Quantities
"""What a row holds while it is made; quantities become text in the end."""


class Unit(StrEnum):
    """The unit of a column; formats decide by it how a value is written."""

    USD = "usd"
    PRICE = "price"
    SECONDS = "seconds"
    COUNT = "count"
    QUANTITY = "quantity"
    PERCENT = "percent"
    RATIO = "ratio"
    UNITS = "units"
    TEXT = "text"
    INSTANT = "instant"

    @property
    def meaning(self) -> str:
        """One phrase for the documents: what a value of this unit is."""
        return _MEANINGS[self]

    @property
    def scale(self) -> int:
        """Digits after the point that a value may have; 0 for what is not a decimal."""
        return _SCALES.get(self, 0)

    @property
    def is_decimal(self) -> bool:
        """Whether values are decimals."""
        return self in _SCALES


_MEANINGS = {
    Unit.USD: "an amount in US dollars, exact",
    Unit.PRICE: "US dollars for one, to 12 places",
    Unit.SECONDS: "seconds, exact",
    Unit.COUNT: "a whole number",
    Unit.QUANTITY: "a number of things, exact",
    Unit.PERCENT: "percent, to 6 places",
    Unit.RATIO: "a quotient, to 6 places",
    Unit.UNITS: "quantities of billed units",
    Unit.TEXT: "text",
    Unit.INSTANT: "an instant, UTC",
}
_SCALES = {
    Unit.USD: 21,
    Unit.PRICE: 12,
    Unit.SECONDS: 9,
    Unit.QUANTITY: 9,
    Unit.PERCENT: 6,
    Unit.RATIO: 6,
}


class Making(StrEnum):
    """How a column's value is made, and so what stands for it in the total line.

    The first two come from SQL; the others are formulas over columns that do.
    """

    SUM = "sum"
    EACH = "each"
    SHARE = "share"
    DIFFERENCE = "difference"
    CHANGE = "change"
    RATIO = "ratio"
    MEND = "mend"

    @property
    def is_derived(self) -> bool:
        """Whether the value is computed from other columns and not read from SQL."""
        return self not in {Making.SUM, Making.EACH}

    @property
    def adds_up(self) -> bool:
        """Whether the lines sum to the total."""
        return self in {Making.SUM, Making.SHARE, Making.DIFFERENCE}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report.

    Attributes:
        name: as SQL, JSON and CSV name it, unit last: `amount_usd`.
        unit: what a value is.
        making: how a value is made.
        operands: the columns that a formula reads; of a sum the one, if any, that counts what is
            missing in it, so that where it is not zero the sum is the least that it can be.
        is_detail: left out where people read (table, markdown); present everywhere else.
        meaning: one sentence.
        is_dimension: whether the table is grouped by it.
    """

    name: str
    unit: Unit
    making: Making
    operands: tuple[str, ...]
    is_detail: bool
    meaning: str
    is_dimension: bool = False

    @property
    def label(self) -> str:
        """The name as people read it; the unit is dropped where every value shows it.

        >>> Column("share_percent", Unit.PERCENT, Making.EACH, (), False, "").label
        'share'
        """
        return self.name.removesuffix("_usd").removesuffix("_percent").replace("_", " ")

    @property
    def is_number(self) -> bool:
        """Whether the column is set flush right."""
        return self.unit.is_decimal or self.unit is Unit.COUNT


def dimension_column(name: str, meaning: str) -> Column:
    """The column of a dimension that the table is grouped by."""
    return Column(
        name, Unit.TEXT, Making.EACH, (), is_detail=False, meaning=meaning, is_dimension=True
    )
