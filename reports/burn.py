"""How fast a budget burns: spend of a short and a long stretch against the budget's even pace.

A loop that runs away is seen within minutes: the short stretch says that it still goes on, the long
one that it is more than a blink, so both must burn.

Rule of this file: exact decimals alone; nothing here is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_FLOOR, Context, Decimal

from pricing.calendar import Period

_PLACES = Decimal("0.000001")
_FLOORED = Context(prec=80, rounding=ROUND_FLOOR)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BurnRule:
    """When a budget burns too fast.

    Attributes:
        short, long: the stretches before an instant that are looked at, both longer than nothing.
        multiple: how many times the even pace both must reach, above 0.
    """

    short: timedelta
    long: timedelta
    multiple: Decimal


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast a budget burned.

    Attributes:
        short_multiple, long_multiple: spend of the stretch over what the even pace would have
            spent in it, to 6 places, rounded down, so that none seems reached that is not.
        is_burning: whether both reach the rule's multiple.
    """

    short_multiple: Decimal
    long_multiple: Decimal
    is_burning: bool


def measure_burn(
    short_usd: Decimal, long_usd: Decimal, limit_usd: Decimal, period: Period, rule: BurnRule
) -> Burn:
    """Hold the spend of two stretches against a limit that is spent evenly over its period.

    Args:
        short_usd, long_usd: spent in the last `rule.short` and `rule.long`; 0 or more, exact.
        limit_usd: of the budget, above 0.
        period: of the budget, with a start and an end.
        rule: the stretches and the multiple.

    Raises:
        ValueError: the period is open, or the limit or a stretch is not above 0.
    """
    if period.start is None or period.end is None:
        raise ValueError("an even pace needs a period with a start and an end")
    if limit_usd <= 0 or min(rule.short, rule.long) <= timedelta():
        raise ValueError("an even pace needs a limit and stretches above zero")
    length = period.end - period.start
    short, long = (
        _over_pace(spent, limit_usd, length, stretch)
        for spent, stretch in ((short_usd, rule.short), (long_usd, rule.long))
    )
    return Burn(short, long, min(short, long) >= rule.multiple)


def _over_pace(
    spent_usd: Decimal, limit_usd: Decimal, length: timedelta, stretch: timedelta
) -> Decimal:
    """Spend over what would have been spent in that stretch at an even pace."""
    whole = _FLOORED.multiply(spent_usd, Decimal(length // _MICROSECOND))
    pace = _FLOORED.multiply(limit_usd, Decimal(stretch // _MICROSECOND))
    return _FLOORED.divide(whole, pace).quantize(_PLACES, context=_FLOORED)
