"""Numbers as the ledger keeps them: DECIMAL(18,9).

Rule of this file: a number that fits is kept exactly; one with more than nine decimals is rounded
half up, and the row says so; one that is not finite, or a billion or more, is never squeezed in.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

LIMIT_DIGITS = 9
"""Digits before the decimal point: 999,999,999 seconds are 31 years."""

_SMALLEST = Decimal("0.000000001")
_ZERO = Decimal(0).quantize(_SMALLEST)
_CONTEXT = Context(prec=LIMIT_DIGITS * 2 + 2, rounding=ROUND_HALF_UP)


class NumberRefused(ValueError):
    """A number that DECIMAL(18,9) cannot hold, and why."""


def fit_number(value: Decimal) -> Decimal:
    """The nearest number with nine decimals, half up; the caller compares to learn of a rounding.

    Raises:
        NumberRefused: the number is not finite, or its size is 1,000,000,000 or more.

    >>> fit_number(Decimal("0.0000000005")), fit_number(Decimal("12.5"))
    (Decimal('1E-9'), Decimal('12.500000000'))
    """
    if not value:
        return _ZERO
    if not value.is_finite():
        raise NumberRefused("is not finite")
    if value.adjusted() < LIMIT_DIGITS:
        fitted = value.quantize(_SMALLEST, context=_CONTEXT)
        if fitted.adjusted() < LIMIT_DIGITS:
            return fitted if fitted else _ZERO
    raise NumberRefused("is out of range: its size must be below 1000000000")


def decimal_text(value: Decimal) -> str:
    """A number as DuckDB casts it to DECIMAL, without an exponent.

    >>> decimal_text(Decimal("1E-9"))
    '0.000000001'
    """
    return f"{value:f}"
