"""Which tier of a model's prices a record falls into: never the nearest one, never the first.

A rate may depend on *selectors*, such as the resolution or whether there is sound. Its condition on
a selector is an exact text, compared without regard to case, or bounds on a number (`>24,<=48`).
Of the rates that match, the one with most conditions is taken. Where a selector is missing that
could lead to another rate, or has a value that nobody priced, no rate is taken and it is said why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from pricing.error import PricingError
from pricing.money import parse_decimal
from pricing.rate import RateInterval

_BOUND = re.compile(r"(<=|>=|<|>)(-?[0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a selector's value must be: a text, or a number within bounds.

    Attributes:
        text: the condition as written, in lower case and without spaces around bounds.
        bounds: pairs of comparison and limit; empty for an exact text.
    """

    text: str
    bounds: tuple[tuple[str, Decimal], ...] = ()

    def is_met_by(self, value: str) -> bool:
        """Tell whether a record's value fulfils the condition."""
        number = _number(value)
        if self.bounds:
            return number is not None and all(
                _compare(number, comparison, limit) for comparison, limit in self.bounds
            )
        return value.strip().casefold() == self.text or (
            number is not None and number == _number(self.text)
        )


def _compare(number: Decimal, comparison: str, limit: Decimal) -> bool:
    match comparison:
        case "<=":
            return number <= limit
        case ">=":
            return number >= limit
        case "<":
            return number < limit
        case _:
            return number > limit


def _number(text: str) -> Decimal | None:
    try:
        return parse_decimal(text.strip(), digits=38, scale=18)
    except PricingError:
        return None


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Condition:
    """Read a condition; a text that is no bounds is an exact text.

    >>> parse_condition("> 24, <= 48").text, parse_condition("1080P").text
    ('>24,<=48', '1080p')
    """
    parts = [re.sub(r"\s+", "", part) for part in text.split(",")]
    bounds = [_BOUND.fullmatch(part) for part in parts]
    if not all(bounds):
        return Condition(text.strip().casefold())
    pairs = tuple((bound[1], Decimal(bound[2])) for bound in bounds if bound)
    return Condition(",".join(parts), pairs)


@dataclass(frozen=True, slots=True)
class TierMiss:
    """Why no tier could be picked for one unit of a model.

    Attributes:
        unit: the unit without a rate.
        selector: the selector to look at; empty where two tiers match equally well.
        value: what the record says of it; None where it does not show it.
        priced: the conditions on that selector that have a price.
    """

    unit: str
    selector: str
    value: str | None
    priced: tuple[str, ...]

    def __str__(self) -> str:
        priced = ", ".join(self.priced)
        if not self.selector:
            return f"{self.unit}: several tiers match equally well ({priced})"
        if self.value is None:
            return f"{self.unit}: {self.selector} is missing; priced are {priced}"
        return f"{self.unit}: {self.selector} {self.value!r} has no price; priced are {priced}"


@dataclass(frozen=True, slots=True)
class Picked:
    """The rates that a record falls under, one a unit, and the units that found none.

    Attributes:
        rates: one interval for each unit that is charged.
        missed: why a unit found none; with any of these the record is unrated.
    """

    rates: tuple[RateInterval, ...]
    missed: tuple[TierMiss, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every unit of the model found its rate, and there is one at all."""
        return bool(self.rates) and not self.missed


class _Verdict(Enum):
    MET = "met"
    NOT_SHOWN = "not shown"
    EXCLUDED = "excluded"


def pick_tiers(rates: Iterable[RateInterval], selectors: Mapping[str, str]) -> Picked:
    """Pick for each unit the rate that a record's selectors lead to.

    A unit whose every rate is excluded by a selector that a picked rate of another unit names is
    not charged in this tier (a model that is priced by run in one mode and by second in another).

    Args:
        rates: the rates of one model in force at one instant.
        selectors: what the record shows, the model's defaults filled in, by canonical selector.
    """
    by_unit: dict[str, list[RateInterval]] = {}
    for interval in rates:
        by_unit.setdefault(interval.rate.key.unit, []).append(interval)
    picked, missed = [], []
    for unit, candidates in by_unit.items():
        choice = _pick_unit(unit, candidates, selectors)
        if isinstance(choice, RateInterval):
            picked.append(choice)
        else:
            missed.append(choice)
    settled = {selector for interval in picked for selector, _ in interval.rate.key.when}
    relevant = [miss for miss in missed if miss.value is None or miss.selector not in settled]
    return Picked(tuple(picked), tuple(relevant))


def _pick_unit(
    unit: str, candidates: Sequence[RateInterval], selectors: Mapping[str, str]
) -> RateInterval | TierMiss:
    met: list[RateInterval] = []
    open_: list[tuple[RateInterval, str]] = []
    excluded: list[str] = []
    for interval in candidates:
        verdict, selector = _judge(interval, selectors)
        match verdict:
            case _Verdict.MET:
                met.append(interval)
            case _Verdict.NOT_SHOWN:
                open_.append((interval, selector))
            case _Verdict.EXCLUDED:
                excluded.append(selector)
    most = max((len(interval.rate.key.when) for interval in met), default=-1)
    for interval, selector in open_:
        if len(interval.rate.key.when) >= most:
            return TierMiss(unit, selector, None, _priced(candidates, selector))
    best = [interval for interval in met if len(interval.rate.key.when) == most]
    if len(best) == 1:
        return best[0]
    if best:
        tiers = (str(interval.rate.key) for interval in best)
        return TierMiss(unit, "", None, tuple(sorted(tiers)))
    unpriced = (
        selector for selector in excluded if not _is_priced(candidates, selector, selectors)
    )
    selector = next(unpriced, excluded[-1])
    return TierMiss(unit, selector, selectors[selector], _priced(candidates, selector))


def _is_priced(
    candidates: Sequence[RateInterval], selector: str, selectors: Mapping[str, str]
) -> bool:
    """Tell whether any tier has a price for the value that a record shows of a selector."""
    conditions = map(parse_condition, _priced(candidates, selector))
    return any(condition.is_met_by(selectors[selector]) for condition in conditions)


def _judge(interval: RateInterval, selectors: Mapping[str, str]) -> tuple[_Verdict, str]:
    """Compare a rate's conditions with what is shown: excluded outweighs not shown."""
    not_shown = ""
    for selector, condition in interval.rate.key.when:
        value = selectors.get(selector)
        if value is None:
            not_shown = not_shown or selector
        elif not parse_condition(condition).is_met_by(value):
            return _Verdict.EXCLUDED, selector
    return (_Verdict.NOT_SHOWN, not_shown) if not_shown else (_Verdict.MET, "")


def _priced(candidates: Sequence[RateInterval], selector: str) -> tuple[str, ...]:
    conditions = {
        condition
        for interval in candidates
        for name, condition in interval.rate.key.when
        if name == selector
    }
    return tuple(sorted(conditions))
