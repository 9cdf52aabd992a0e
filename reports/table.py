"""What a report answers: head, columns, lines and a total, as plain Python values.

Rule of this file: a table holds exact values; rounding is the business of the formats that people
read. Polars is loaded only when a frame is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.calendar import Period
from reports.column import Cell, Column, Unit

if TYPE_CHECKING:
    import polars

CURRENCY = "USD"
_FRAME_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a period has an amount, and how much of the amount is certain.

    Attributes:
        predictions: predictions and trainings of the period that were asked for.
        rated: those with an amount; unrated: without one; pending: not ended yet.
        unrated_seconds: seconds that the unrated ones ran.
        estimated: rated ones whose amount rests on weak evidence; estimate_usd: that amount.
        lower_bounded: rated ones whose amount is the least it can be; lower_bound_usd: that amount.
        without_hardware: unrated ones whose hardware nobody has named.
        kept_on_usd: amount of instances that were kept on without working, an estimate; no
            prediction is counted for it.
        kept_on_unrated_seconds: seconds of such instances without an amount.
    """

    predictions: int
    rated: int
    unrated: int
    pending: int
    unrated_seconds: Decimal
    estimated: int
    estimate_usd: Decimal
    lower_bounded: int
    lower_bound_usd: Decimal
    without_hardware: int
    kept_on_usd: Decimal = Decimal(0)
    kept_on_unrated_seconds: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has arrived and is not in the ledger yet, so that no report holds it.

    Attributes:
        rows: records and other observations.
        since: when the first of them arrived, aware UTC.
    """

    rows: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What a table is about.

    Attributes:
        report: name of the report; title: its title.
        period: charge instants [start, end), and the zone whose days are meant.
        book: price book, other_book: the one compared with; "" where none was named.
        data_as_of: when the ledger last learned something; None where nothing is known.
        known_on: the instant as of which prices and records are known; None is now.
        completeness: None where the report is not about predictions.
        prices_known_on: the instant as of which prices and rules are known, where it is asked.
        waiting: None where everything that arrived is in the ledger.
        reach: first and last charge instant of all records, where the period holds none of what is
            asked for; None else, and where there are no records.
    """

    report: str
    title: str
    period: Period
    book: str
    other_book: str
    data_as_of: datetime | None
    known_on: datetime | None
    completeness: Completeness | None
    prices_known_on: datetime | None = None
    waiting: Waiting | None = None
    reach: tuple[datetime, datetime] | None = None

    @property
    def zone(self) -> str:
        """Name of the zone whose days are meant."""
        return str(self.period.zone)


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a report.

    Attributes:
        head: what it is about.
        columns: what a row's cells are, in order; dimensions stand first.
        rows: the lines, in the report's order. Amounts are Decimal, instants aware UTC.
        total: one more row over all of `rows` and what was left out, None where nothing adds up.
        left_out: lines that are in the total, but have nothing of what the report is about.
        other_lines: how many lines the last of `rows` is the sum of; 0 where it is one itself.
    """

    head: Head
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None
    left_out: int = 0
    other_lines: int = 0

    def values(self, name: str) -> list[Cell]:
        """One column's cells, top to bottom."""
        position = [column.name for column in self.columns].index(name)
        return [row[position] for row in self.rows]

    def to_polars(self) -> polars.DataFrame:
        """The rows as a frame: Decimal(38, scale of the unit), Int64, UTC datetimes and text."""
        import polars

        types = {
            Unit.COUNT: polars.Int64(),
            Unit.INSTANT: polars.Datetime("us", "UTC"),
        }
        return polars.DataFrame(
            {
                column.name: polars.Series(
                    self.values(column.name),
                    dtype=polars.Decimal(_FRAME_DIGITS, column.unit.scale)
                    if column.unit.is_decimal
                    else types.get(column.unit, polars.String()),
                )
                for column in self.columns
            }
        )
