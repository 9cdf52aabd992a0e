"""What is wrong with the tiers of a model: two that match one record, or a hole between bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise, product

from pricing.finding import Finding, Severity, about_rate, about_version
from pricing.rate import Rate, RateInterval, RateSubject
from pricing.tier import Condition, parse_condition
from pricing.timeline import Settlement, build_timelines
from pricing.version import BookVersion

_INFINITE = Decimal("Infinity")


@dataclass(frozen=True, slots=True, order=True)
class _Range:
    """The numbers that bounds let through.

    Attributes:
        lower: lower limit, and whether it is itself left out.
        upper: upper limit, and whether it is itself let in.
    """

    lower: tuple[Decimal, bool]
    upper: tuple[Decimal, bool]

    def meets(self, other: _Range) -> bool:
        """Tell whether some number lies in both."""
        lower, upper = max(self.lower, other.lower), min(self.upper, other.upper)
        return lower[0] < upper[0] or (lower[0] == upper[0] and upper[1] and not lower[1])


def lint_tiers(versions: Iterable[BookVersion], settled: Settlement) -> Iterator[Finding]:
    """Check the tiers of all models, and the defaults that lead to them.

    Args:
        versions: all versions of the book.
        settled: their statements, brought together.
    """
    by_unit: dict[tuple[str, str], list[RateInterval]] = {}
    by_model: dict[str, list[RateInterval]] = {}
    for key, timeline in build_timelines(settled.statements).items():
        if key.subject_kind is RateSubject.MODEL:
            priced = [one for one in timeline.intervals if not one.is_withdrawn]
            by_unit.setdefault((key.name, key.unit), []).extend(priced)
            by_model.setdefault(key.name, []).extend(priced)
    for intervals in by_unit.values():
        yield from _lint_overlaps(intervals)
        yield from _lint_holes(intervals)
    for intervals in by_model.values():
        yield from _lint_lost_units(intervals)
    yield from _lint_defaults(versions, settled)


def _lint_lost_units(intervals: Sequence[RateInterval]) -> Iterator[Finding]:
    """Find tiers in which a unit is not charged that another tier charges beside theirs.

    A unit without a price in a record's tier is left out of the bill (`pick_tiers`). That is right
    for units that take turns, by run in one mode and by second in another; where units are charged
    together at one value of a selector and not at another, a price may be forgotten.
    """
    for interval in intervals:
        beside = [one for one in intervals if _meet_in_time(one, interval)]
        units = sorted({one.rate.key.unit for one in beside} - {interval.rate.key.unit})
        for unit, (selector, condition) in product(units, interval.rate.key.when):
            if _is_lost(unit, selector, interval, beside):
                message = f"{unit} is not priced for {selector} {condition}, and is for another"
                help_text = f"price {unit} there too, with free = true if it costs nothing"
                yield about_rate(Severity.QUESTION, interval.rate, message, help_text)


def _is_lost(
    unit: str, selector: str, interval: RateInterval, beside: Sequence[RateInterval]
) -> bool:
    """Tell whether a unit has no tier beside one, but has one beside another of the same unit.

    Args:
        unit: the unit that may be lost.
        selector: what its tiers are looked at by.
        interval: the tier of another unit that it may be lost in.
        beside: all tiers of the model at that time.
    """
    tiers = [one for one in beside if one.rate.key.unit == unit]
    if any(
        selector not in dict(one.rate.key.when) or _meets_on(selector, one, interval)
        for one in tiers
    ):
        return False
    same = (one for one in beside if one.rate.key.unit == interval.rate.key.unit)
    return any(_meets_on(selector, one, tier) for one, tier in product(same, tiers))


def _meets_on(selector: str, one: RateInterval, other: RateInterval) -> bool:
    """Tell whether both have a condition on the selector that one value may meet."""
    first = dict(one.rate.key.when).get(selector)
    second = dict(other.rate.key.when).get(selector)
    if first is None or second is None:
        return False
    return _meet(parse_condition(first), parse_condition(second))


def _lint_overlaps(intervals: Sequence[RateInterval]) -> Iterator[Finding]:
    """Find two tiers in force at one time, equally specific, that one record may fall into."""
    for first, second in combinations(intervals, 2):
        one, other = first.rate.key.when, second.rate.key.when
        if one == other or len(one) != len(other) or not _meet_in_time(first, second):
            continue
        if _can_both_match(dict(one), dict(other)):
            is_certain = dict(one).keys() == dict(other).keys()
            severity = Severity.ERROR if is_certain else Severity.QUESTION
            message = f"a record may match this tier and line {first.rate.line}, {first.rate.key}"
            help_text = "narrow one of them, or name more selectors in one"
            yield about_rate(severity, second.rate, message, help_text)


def _meet_in_time(first: RateInterval, second: RateInterval) -> bool:
    return first.contains(second.starts_at) or second.contains(first.starts_at)


def _can_both_match(one: dict[str, str], other: dict[str, str]) -> bool:
    shared = one.keys() & other.keys()
    return all(_meet(parse_condition(one[name]), parse_condition(other[name])) for name in shared)


def _meet(one: Condition, other: Condition) -> bool:
    if one.bounds and other.bounds:
        return _range(one).meets(_range(other))
    if one.bounds:
        return one.is_met_by(other.text)
    return other.is_met_by(one.text)


def _range(condition: Condition) -> _Range:
    lower, upper = (-_INFINITE, False), (_INFINITE, True)
    for comparison, limit in condition.bounds:
        if comparison.startswith(">"):
            lower = max(lower, (limit, comparison == ">"))
        else:
            upper = min(upper, (limit, comparison == "<="))
    return _Range(lower, upper)


def _lint_holes(intervals: Sequence[RateInterval]) -> Iterator[Finding]:
    """Find numbers between the bounds of neighbouring tiers that have no price."""
    families: dict[tuple[object, ...], dict[_Range, Rate]] = {}
    for interval in intervals:
        for selector, text in interval.rate.key.when:
            condition = parse_condition(text)
            if condition.bounds:
                rest = tuple(pair for pair in interval.rate.key.when if pair[0] != selector)
                family = (selector, rest, interval.starts_at)
                families.setdefault(family, {})[_range(condition)] = interval.rate
    for ranges in families.values():
        for below, above in pairwise(sorted(ranges)):
            if not _touch(below, above):
                message = f"nothing is priced between {below.upper[0]:f} and {above.lower[0]:f}"
                help_text = "let the bounds of neighbouring tiers meet, as in <=24 and >24"
                yield about_rate(Severity.QUESTION, ranges[above], message, help_text)


def _touch(below: _Range, above: _Range) -> bool:
    limit, is_upper_in = below.upper
    return above.lower[0] < limit or (
        above.lower[0] == limit and (is_upper_in or not above.lower[1])
    )


def _lint_defaults(versions: Iterable[BookVersion], settled: Settlement) -> Iterator[Finding]:
    asked: dict[str, set[str]] = {}
    for key in settled.statements:
        asked.setdefault(key.name, set()).update(selector for selector, _ in key.when)
    for version in versions:
        if version.builds_on is not None:
            continue
        for model, when in version.defaults.items():
            for selector in sorted(when.keys() - asked.get(model, set())):
                message = f"no price of {model} asks for {selector!r}, which has a default"
                help_text = "remove the default, or mend its name"
                yield about_version(Severity.QUESTION, version, message, help_text)
