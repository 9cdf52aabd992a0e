"""Days that cost more than their weekday usually does.

Rule of this file: a day stands out only if chance would hardly do it, the money matters, and the
past is long enough to tell: three conditions, each of which holds. What was spent is exact; what
was to be expected is an estimate, in binary floats, and rounded to cents half up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import inf, isnan, log

from pricing.money import round_half_up
from reports.history import DaySpend
from reports.rhythm import Rhythms, follow, median
from reports.series import make_series

LEAST_DAYS = 14
"""Days of history before which nothing stands out."""
LEAST_IMPACT_USD = Decimal(10)
LEAST_IMPACT_PART = Decimal("0.2")
"""A day stands out by at least so much, and by at least this part of what was expected."""
_DEVIATIONS = 3.0
_NORMAL = 1.4826
"""What a median absolute deviation is multiplied by to be a standard deviation, were it normal."""
_SPREAD_DAYS = 56
_FLOOR = 0.01
"""Part of the usual day below which two days no longer differ by a quotient."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Episode:
    """Days on end that cost more than expected.

    Attributes:
        first, last: days of the zone, both included.
        spent_usd: what they cost, exact.
        expected_usd: what they were expected to cost, in cents.
        deviations: of the most unusual day, in standard deviations; None where days never differed.
    """

    first: date
    last: date
    spent_usd: Decimal
    expected_usd: Decimal
    deviations: float | None

    @property
    def excess_usd(self) -> Decimal:
        """What is at stake: spent beyond what was expected."""
        return self.spent_usd - self.expected_usd

    @property
    def is_new_spend(self) -> bool:
        """Whether nothing at all was expected."""
        return not self.expected_usd


def find_episodes(days: Sequence[DaySpend]) -> list[Episode]:
    """The episodes in a series of days, in order of time.

    Each day is held against what was known in the evening before it. A running day may be the
    last: what it cost so far already stands out, or does not yet.

    Args:
        days: known days in order of time (`reports.history.fill_days`).
    """
    [found] = find_all_episodes([days])
    return found


def find_all_episodes(several: Sequence[Sequence[DaySpend]]) -> list[list[Episode]]:
    """The episodes in each of several series, as `find_episodes`."""
    rhythms = follow([make_series(days).values for days in several])
    return [_episodes(days, one) for days, one in zip(several, rhythms, strict=True)]


def _episodes(days: Sequence[DaySpend], rhythms: Rhythms) -> list[Episode]:
    """The days far above what was expected in the evening before, those on end together."""
    episodes: list[Episode] = []
    residuals = deque[float](maxlen=_SPREAD_DAYS)
    expectations, levels = rhythms.expect_next(), rhythms.levels
    for known, day in enumerate(days):
        evening = (day.day - days[0].day).days - 1
        if evening < 0 or isnan(expectations[evening]):
            continue
        expected = expectations[evening]
        residual = _residual(float(day.amount_usd), expected, float(levels[evening]))
        if residual > 0 and known >= LEAST_DAYS:
            cents = round_half_up(Decimal(expected), 2)
            if _matters(day.amount_usd, cents):
                deviations = _deviations(residual, residuals)
                if deviations is None or deviations > _DEVIATIONS:
                    _add_day(episodes, day, cents, deviations)
        residuals.append(residual)
    return episodes


def _residual(value: float, expected: float, level: float) -> float:
    """The logarithm of what a day was of what was expected; of anything over nothing, infinite."""
    floor = _FLOOR * level
    if floor <= 0:
        return inf if value > 0 else 0.0
    return log((value + floor) / (expected + floor))


def _deviations(residual: float, earlier: Sequence[float]) -> float | None:
    """Standard deviations between a residual and the earlier ones; None where those are equal."""
    finite = [one for one in earlier if one < inf]
    if not finite or residual == inf:
        return None
    middle = median(finite)
    scale = _NORMAL * median([abs(one - middle) for one in finite])
    return (residual - middle) / scale if scale > 0 else None


def _matters(spent_usd: Decimal, expected_usd: Decimal) -> bool:
    """Whether the money beyond what was expected is worth a word."""
    return spent_usd - expected_usd >= max(LEAST_IMPACT_USD, LEAST_IMPACT_PART * expected_usd)


def _add_day(
    episodes: list[Episode], day: DaySpend, expected_usd: Decimal, deviations: float | None
) -> None:
    """Put a day into the episode that it continues, or into one of its own."""
    last = episodes[-1] if episodes else None
    if last is None or last.last + _DAY != day.day:
        episodes.append(Episode(day.day, day.day, day.amount_usd, expected_usd, deviations))
        return
    known = [one for one in (last.deviations, deviations) if one is not None]
    episodes[-1] = Episode(
        last.first,
        day.day,
        last.spent_usd + day.amount_usd,
        last.expected_usd + expected_usd,
        max(known) if known else None,
    )
