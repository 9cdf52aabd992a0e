"""Simulated money as people read it: no more digits than a simulation can know.

The rule this file owns: whole dollars from a hundred on, cents below; programs get every digit.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.money import format_usd, round_half_up

_CENTS_BELOW = Decimal(100)


def places_of(amount: Decimal) -> int:
    """Decimals that an amount is shown with."""
    return 2 if abs(amount) < _CENTS_BELOW else 0


def rough_usd(amount: Decimal | None) -> str:
    """Write a simulated amount.

    >>> rough_usd(Decimal("2779.04")), rough_usd(Decimal("9.5")), rough_usd(None)
    ('$2,779', '$9.50', '—')
    """
    if amount is None or places_of(amount):
        return format_usd(amount)
    rounded = round_half_up(amount, 0)
    return f"{'-' if rounded < 0 else ''}${abs(rounded):,f}"
