"""What a derivation is told beside the lines of the statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pricing.calendar import Period
from pricing.money import add_exact
from reports.derive import Line
from reports.errors import OpenPeriod
from reports.history import DaySpend, fill_days, known_until


@dataclass(frozen=True, slots=True)
class Asked:
    """One asking.

    Attributes:
        report: name of the report.
        period: charge instants, and the zone whose days are meant.
        by: names of the dimensions of the table's lines, in order.
        until: the instant up to which records can be known; None is without end.
        utc_dates: dates in UTC with any record, in the period and the history before it, in order.
    """

    report: str
    period: Period
    by: tuple[str, ...]
    until: datetime | None
    utc_dates: tuple[date, ...]

    @property
    def start(self) -> datetime:
        """Where the period begins, aware UTC.

        Raises:
            OpenPeriod: it has no start.
        """
        if self.period.start is None:
            raise OpenPeriod(self.report)
        return self.period.start

    def known_until(self) -> datetime:
        """The instant up to which spend is known (`reports.history.known_until`).

        A period that is over is known to its end.

        Raises:
            OpenPeriod: the period has no start or no end.
        """
        if self.period.start is None or self.period.end is None:
            raise OpenPeriod(self.report)
        if self.until is None or self.until >= self.period.end:
            return self.period.end
        return known_until(self.utc_dates, self.until)

    def days(self, lines: Iterable[Line], name: str) -> list[DaySpend]:
        """The known days of lines that each have their `day`, by what a column sums to."""
        amounts: dict[date, Decimal | None] = {}
        for line in lines:
            day, amount = line["day"], line[name]
            if isinstance(day, str):
                known = amounts.get(date.fromisoformat(day))
                both = [one for one in (known, amount) if isinstance(one, Decimal)]
                amounts[date.fromisoformat(day)] = add_exact(both) if both else None
        return fill_days(amounts, self.known_until(), self.period.zone)
