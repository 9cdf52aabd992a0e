"""How much a price changed, in decimals, and when a change is worth a question."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

from pricing.money import shortest

JUMP = Decimal(3)
"""A price that changes by this factor or more, up or down, is asked about."""

SLIPS = (Decimal(10), Decimal(1000))
"""Factors that look like a misplaced decimal point, or like a price per thousand taken as one."""

_SLIP_TOLERANCE = Decimal("0.02")
_CONTEXT = Context(prec=28, rounding=ROUND_HALF_UP)
_RATIO_STEP = Decimal("0.000001")
_PERCENT_STEP = Decimal("0.01")


def price_ratio(old_price: Decimal, new_price: Decimal) -> Decimal | None:
    """Divide the new price by the old one, to 6 decimals; None where the old one is zero.

    >>> price_ratio(Decimal("0.0014"), Decimal("0.0115"))
    Decimal('8.214286')
    """
    if not old_price:
        return None
    return shortest(_round(_CONTEXT.divide(new_price, old_price), _RATIO_STEP))


def price_percent(old_price: Decimal, new_price: Decimal) -> Decimal | None:
    """Give the change in percent of the old price, to 2 decimals; None where that is zero.

    >>> price_percent(Decimal("0.00055"), Decimal("0.000225"))
    Decimal('-59.09')
    """
    if not old_price:
        return None
    change = _CONTEXT.divide(_CONTEXT.subtract(new_price, old_price), old_price)
    return _round(_CONTEXT.multiply(change, Decimal(100)), _PERCENT_STEP)


def question_change(old_price: Decimal | None, new_price: Decimal | None, what: str) -> str | None:
    """Word the question about a changed price; None for a change that needs none.

    Args:
        old_price: the price it is held against; None where there is none.
        new_price: the price in question.
        what: what the old price is, within a sentence.

    >>> question_change(Decimal("0.3"), Decimal("0.03"), "the list price")
    '0.03 is 0.1 times the list price 0.3, a slip by 10'
    """
    if not old_price or not new_price:
        return None
    ratio = _CONTEXT.divide(new_price, old_price)
    factor = max(ratio, _CONTEXT.divide(old_price, new_price))
    if factor < JUMP:
        return None
    shown = f"{shortest(_CONTEXT.create_decimal(f'{ratio:.3g}')):f}"
    text = f"{new_price:f} is {shown} times {what} {old_price:f}"
    slips = [slip for slip in SLIPS if abs(factor - slip) <= slip * _SLIP_TOLERANCE]
    return f"{text}, a slip by {slips[0]:f}" if slips else text


def _round(number: Decimal, step: Decimal) -> Decimal:
    rounded = number.quantize(step, context=_CONTEXT)
    return rounded if rounded else abs(rounded)
