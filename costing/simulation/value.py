"""The kinds of value that a scenario is made of, read from a flag's text or from TOML or JSON.

Rule of this file: a reader returns the typed value or raises `ValueError` with the reason in words
that follow "cannot be X: ". Money must stand in quotes; all else may be a number or its text. What
settings are made of too is read as `costing.setting_value` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from pathlib import Path
from types import MappingProxyType

from costing import setting_value
from pricing.error import PricingError
from pricing.money import parse_decimal
from pricing.simulator.demand import BUSINESS_WEEK, FLAT_WEEK
from pricing.simulator.error import ImpossibleInput
from pricing.simulator.estimate import Estimate, exactly

WEEKS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"business": BUSINESS_WEEK, "flat": FLAT_WEEK}
)
"""Profiles of the week by name."""

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPAN = re.compile(r"([0-9]*\.?[0-9]+)\s*([a-z]*)", re.ASCII)
_MOST = 1e12
_NO_FOLDER = Path()
"""No value of a scenario is a path."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how people call it, and its reader."""

    name: str
    read: Callable[[object], object]


def number(low: float = 0.0, high: float = _MOST, *, is_low_allowed: bool = True) -> Kind:
    """A number between bounds."""

    def read(raw: object) -> float:
        value = _float(raw)
        if not low <= value <= high or (value == low and not is_low_allowed):
            least = f"{low:g} or more" if is_low_allowed else f"more than {low:g}"
            most = "" if high == _MOST else f", {high:g} at most"
            raise ValueError(f"it must be {least}{most}")
        return value

    return Kind("number", read)


def whole(low: int, high: int) -> Kind:
    """A whole number between bounds, both included."""

    def read(raw: object) -> int:
        value = _float(raw)
        if value != int(value) or not low <= value <= high:
            raise ValueError(f"it must be a whole number from {low} to {high}")
        return int(value)

    return Kind("whole number", read)


def read_span(raw: object) -> float:
    """Seconds, plain or with a unit.

    >>> read_span("2m"), read_span(30)
    (120.0, 30.0)
    """
    match = _SPAN.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if isinstance(raw, str):
        seconds = float(match[1]) * _UNITS.get(match[2], -1) if match else -1.0
    else:
        seconds = _float(raw)
    if seconds < 0 or seconds > _MOST:
        raise ValueError("it must be a span such as 30s, 500ms or 2m")
    return seconds


def read_span_above_zero(raw: object) -> float:
    """Seconds, some."""
    seconds = read_span(raw)
    if not seconds:
        raise ValueError("it must be more than 0")
    return seconds


def read_money(raw: object) -> Decimal:
    """US dollars, or what is multiplied with them: exact, zero or more."""
    if not isinstance(raw, str):
        raise ValueError('an exact number stands in quotes, as in "1.79"')
    try:
        amount = parse_decimal(raw, digits=20, scale=12)
    except PricingError as error:
        raise ValueError(error.what) from error
    if amount < 0:
        raise ValueError("it must be zero or more")
    return amount


def number_range(low: float, high: float) -> Kind:
    """A number that is known, or the two bounds of one that is not, within what makes sense.

    >>> number_range(1, 1000).read("60:600")
    Estimate(low=60.0, high=600.0)
    """

    def read(raw: object) -> Estimate:
        parts = raw.split(":") if isinstance(raw, str) else raw if isinstance(raw, list) else [raw]
        try:
            bounds = [_float(part) for part in parts]
            made = exactly(bounds[0]) if len(bounds) == 1 else Estimate(*bounds)
        except (TypeError, ImpossibleInput) as error:
            raise ValueError("it must be a number above 0, or two, the lower first") from error
        if not low <= made.low <= made.high <= high:
            raise ValueError(f"it must lie within {low:g} and {high:,g}")
        return made

    return Kind("number or range", read)


def read_week(raw: object) -> tuple[float, ...]:
    """Weights of the 168 hours of a week from Monday 0:00 on, or the name of such a profile."""
    if isinstance(raw, str) and raw in WEEKS:
        return WEEKS[raw]
    if not isinstance(raw, list) or len(raw) != 168:
        raise ValueError(f"it must be {' or '.join(WEEKS)}, or 168 weights from Monday 0:00 on")
    weights = tuple(map(_float, raw))
    if min(weights) < 0 or not sum(weights):
        raise ValueError("no weight may be below 0, and one must be above")
    return weights


def read_factors(raw: object) -> tuple[float, ...]:
    """Factors, zero or more each."""
    if not isinstance(raw, list) or any(_float(one) < 0 for one in raw):
        raise ValueError("it must be a list of numbers, none below 0")
    return tuple(map(_float, raw))


def read_names(raw: object) -> tuple[str, ...]:
    """Several texts."""
    if not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
        raise ValueError("it must be a list of texts")
    return tuple(raw)


def read_text(raw: object) -> str:
    """Text that is not empty."""
    return setting_value.read_text(raw, _NO_FOLDER).strip()


def read_switch(raw: object) -> bool:
    """True or false."""
    return setting_value.read_switch(raw, _NO_FOLDER)


SPAN = Kind("seconds", read_span)
SPAN_ABOVE_ZERO = Kind("seconds", read_span_above_zero)
MONEY = Kind("US dollars", read_money)
HOURS = Kind("hours", read_money)
GIGABYTES = Kind("GB", read_money)
FACTOR = number_range(0.001, 1000)
SECONDS = number_range(0.001, 10_000_000)
WEEK = Kind("weights", read_week)
FACTORS = Kind("factors", read_factors)
NAMES = Kind("texts", read_names)
TEXT = Kind("text", read_text)
SWITCH = Kind("true or false", read_switch)


def _float(raw: object) -> float:
    value = setting_value.read_number(raw)
    if isnan(value):
        raise ValueError("it must be a number")
    if not -_MOST <= value <= _MOST:
        raise ValueError("it must be a number that is not so large")
    return value
