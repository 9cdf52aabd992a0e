"""Days of spend as numbers to estimate from.

Rule of this file: here exact amounts become floats, of which no amount is ever made again but an
estimate; and here numpy is loaded, which reports that estimate nothing go without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from reports.history import DaySpend

if TYPE_CHECKING:
    from reports.rhythm import Floats


@dataclass(frozen=True, slots=True)
class Series:
    """What consecutive days of a zone cost, to estimate from.

    Attributes:
        first: the first of them, which is known; of no days any day.
        values: US dollars, 0 or more, as binary floats; NaN where a day is not known.
    """

    first: date
    values: Floats

    def before(self, day: date) -> Series:
        """The days before one, without what is not known at their end."""
        values = self.values[: max((day - self.first).days, 0)]
        (known,) = np.nonzero(~np.isnan(values))
        return Series(self.first, values[: known[-1] + 1 if len(known) else 0])


def make_series(days: Sequence[DaySpend]) -> Series:
    """Known days, in order of time, as a series; what is missing between them is not known."""
    if not days:
        return Series(date.min, np.empty(0))
    first = days[0].day
    values = np.full((days[-1].day - first).days + 1, np.nan)
    for one in days:
        values[(one.day - first).days] = float(one.amount_usd)
    return Series(first, values)
