"""Exact money: the one place where amounts are read, multiplied, rounded and written.

A price has up to 20 digits, 12 of them decimals; a quantity 18 and 9; an amount, their product, 38
and 21. Within these limits a product is exact, which the arithmetic here insists on: it raises
rather than round. Rounding happens once, half away from zero, when a person reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation

from pricing.error import InexactDecimal, NotADecimal

PRICE_DIGITS, PRICE_SCALE = 20, 12
QUANTITY_DIGITS, QUANTITY_SCALE = 18, 9
AMOUNT_DIGITS, AMOUNT_SCALE = 38, 21

_LONGEST_TEXT = 100
_DECIMAL_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?", re.ASCII)
# Products have at most 38 digits; the rest is room for the sums of many of them.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_ROUNDED = Context(prec=60, traps=[InvalidOperation])
_ZERO = Decimal(0)


def parse_decimal(text: str, *, digits: int, scale: int) -> Decimal:
    """Read a number exactly, or refuse it.

    Args:
        text: a plain or scientific number in ASCII digits ("0.000225", "2e-06").
        digits: digits allowed in all.
        scale: how many of them may be decimals. Zeros at the end of the text do not count.

    Raises:
        NotADecimal: the text is no finite number.
        InexactDecimal: the number would have to be rounded, or is too large.

    >>> parse_decimal("2.50e-06", digits=18, scale=9)
    Decimal('0.0000025')
    """
    if len(text) > _LONGEST_TEXT or not _DECIMAL_TEXT.fullmatch(text):
        raise NotADecimal(text)
    number = Decimal(text)
    if not number:
        return _ZERO
    sign, figures, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    while exponent < 0 and figures[-1] == 0:
        figures, exponent = figures[:-1], exponent + 1
    if -exponent > scale or len(figures) + exponent > digits - scale:
        raise InexactDecimal(text, digits, scale)
    return Decimal((sign, figures + (0,) * max(exponent, 0), min(exponent, 0)))


def parse_price(text: str) -> Decimal:
    """Read a price in US dollars for one unit: at most 8 digits before and 12 after the point."""
    return parse_decimal(text, digits=PRICE_DIGITS, scale=PRICE_SCALE)


def multiply_exact(left: Decimal, right: Decimal) -> Decimal:
    """Multiply without rounding; `decimal.Inexact` is raised beyond 60 digits."""
    return _EXACT.multiply(left, right)


def add_exact(amounts: Sequence[Decimal]) -> Decimal:
    """Add without rounding; `decimal.Inexact` is raised beyond 60 digits."""
    total = _ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def amount_usd(unit_price: Decimal, quantity: Decimal) -> Decimal:
    """Multiply a price by a quantity, exactly and unrounded.

    >>> amount_usd(Decimal("0.000975"), Decimal("0.128148"))
    Decimal('0.000124944300')
    """
    return multiply_exact(unit_price, quantity)


def round_half_up(amount: Decimal, places: int) -> Decimal:
    """Round to a number of decimals, halves away from zero; zero loses its sign.

    >>> round_half_up(Decimal("0.125"), 2), round_half_up(Decimal("-0.125"), 2)
    (Decimal('0.13'), Decimal('-0.13'))
    """
    rounded = amount.quantize(_unit(places), rounding=ROUND_HALF_UP, context=_ROUNDED)
    return rounded if rounded else abs(rounded)


def round_lines(amounts: Sequence[Decimal], places: int) -> list[Decimal]:
    """Round the lines of a table so that they sum to the rounded total.

    Each line is rounded down, and what is then missing is given, one last digit each, to the lines
    that lost most (the largest remainder); among equals the earlier line comes first. No line
    moves by a whole last digit, and a line that was exact already stays as it is.

    >>> round_lines([Decimal("0.333")] * 3, 2)
    [Decimal('0.34'), Decimal('0.33'), Decimal('0.33')]
    """
    unit = _unit(places)
    lines = [amount.quantize(unit, rounding=ROUND_FLOOR, context=_ROUNDED) for amount in amounts]
    total = round_half_up(add_exact(amounts), places)
    missing = int(_EXACT.subtract(total, add_exact(lines)).scaleb(places, context=_EXACT))
    lost = [_EXACT.subtract(line, amount) for amount, line in zip(amounts, lines, strict=True)]
    for position in sorted(range(len(lines)), key=lambda position: lost[position])[:missing]:
        lines[position] = _EXACT.add(lines[position], unit)
    return [line if line else abs(line) for line in lines]


def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def format_usd(amount: Decimal | None, *, full: bool = False) -> str:
    """Write an amount of US dollars for a person.

    Nothing (`$0.00`), too little to show (`<$0.01`, or `>-$0.01` below zero) and unknown (`—`) are
    three different things and look different.

    Args:
        amount: exact amount; None where it is unknown.
        full: write every digit instead of cents.

    >>> format_usd(Decimal("1234.565")), format_usd(Decimal("0.004")), format_usd(None)
    ('$1,234.57', '<$0.01', '—')
    >>> format_usd(Decimal("0.0001249443000"), full=True)
    '$0.0001249443'
    """
    if amount is None:
        return "—"
    rounded = round_half_up(amount, 2)
    if amount and not rounded and not full:
        return "<$0.01" if amount > 0 else ">-$0.01"
    shown = _all_digits(amount) if full else rounded
    return f"{'-' if shown < 0 else ''}${abs(shown):,f}"


def shortest(amount: Decimal) -> Decimal:
    """Drop zeros at the end, without falling into scientific notation.

    >>> shortest(Decimal("100.2500")), shortest(Decimal("100.00"))
    (Decimal('100.25'), Decimal('100'))
    """
    short = amount.normalize(_EXACT)
    exponent = short.as_tuple().exponent
    assert isinstance(exponent, int)
    return short.quantize(_unit(0), context=_ROUNDED) if exponent > 0 else short


def _all_digits(amount: Decimal) -> Decimal:
    """Drop zeros at the end, down to cents."""
    short = shortest(amount)
    exponent = short.as_tuple().exponent
    assert isinstance(exponent, int)
    return short if exponent < -2 else short.quantize(_unit(2), context=_ROUNDED)
