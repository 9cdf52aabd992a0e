"""From the statements of many versions to one price at one instant.

The rule of this file: for each key the intervals tile time from its first statement on, half-open,
without overlap; a correction takes the place of exactly the statement that it corrects; a contract
book lays its own rates, then its discounts, over the list prices of the book that it builds on;
where its own rate is in force, the base's finer tiers of the same unit are silent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from pricing.money import PRICE_SCALE, multiply_exact, round_half_up, shortest
from pricing.rate import Rate, RateInterval, RateKey
from pricing.version import BookVersion, Discount, VersionKind

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every interval of one key, in order, withdrawals included."""

    key: RateKey
    starts: tuple[datetime, ...]
    intervals: tuple[RateInterval, ...]

    def at(self, instant: datetime) -> RateInterval | None:
        """Find the interval that contains an instant; None before the first price."""
        position = bisect_right(self.starts, instant)
        return self.intervals[position - 1] if position else None

    def priced_at(self, instant: datetime) -> RateInterval | None:
        """Find the price in force at an instant; None before the first and while withdrawn."""
        interval = self.at(instant)
        return None if interval is None or interval.rate.price_usd is None else interval


@dataclass(frozen=True, slots=True)
class Origin:
    """How a statement first came to be known; a correction of it changes nothing of this.

    Attributes:
        known_since: first instant at which it could be known.
        is_announced: whether that was before it held, as first stated.
    """

    known_since: datetime
    is_announced: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """What all versions of a book say together, and where they cannot be brought together.

    Attributes:
        statements: by key, the statements that stand, by effective instant.
        replaced: pairs of a statement and the correction that took its place.
        contradictions: pairs that price one key from one instant, neither correcting the other.
        unmatched: corrections that name no statement of the version they correct.
        origins: each statement that stands, with how what it says or corrects was first known.
    """

    statements: Mapping[RateKey, Sequence[Rate]]
    replaced: tuple[tuple[Rate, Rate], ...]
    contradictions: tuple[tuple[Rate, Rate], ...]
    unmatched: tuple[tuple[BookVersion, Rate], ...]
    origins: tuple[tuple[Rate, Origin], ...]


_Slot: TypeAlias = tuple[str, RateKey, datetime]


def settle(versions: Iterable[BookVersion], as_known_on: datetime | None = None) -> Settlement:
    """Bring the statements of a book's versions together.

    Args:
        versions: versions of one book, each once, in any order.
        as_known_on: leave out what was known only later; None takes all.
    """
    ordered = sorted(versions, key=_order_of_knowing)
    standing: list[Rate] = []
    origins: list[Origin] = []
    slots: dict[_Slot, int] = {}
    for version in ordered:
        if version.kind is VersionKind.MOVE:
            for rate in _known(version, as_known_on):
                slots.setdefault((version.version, rate.key, rate.effective_from), len(standing))
                standing.append(rate)
                origins.append(_origin(version, rate))
    replaced: list[tuple[Rate, Rate]] = []
    unmatched: list[tuple[BookVersion, Rate]] = []
    for version in ordered:
        if version.kind is VersionKind.CORRECTION:
            for rate in _known(version, as_known_on):
                slot = slots.get(_corrected_slot(version, rate))
                if slot is None:
                    unmatched.append((version, rate))
                    continue
                slots[(version.version, rate.key, rate.effective_from)] = slot
                replaced.append((standing[slot], rate))
                standing[slot] = rate
    statements, contradictions = _by_key(standing)
    return Settlement(
        statements,
        tuple(replaced),
        contradictions,
        tuple(unmatched),
        tuple(zip(standing, origins, strict=True)),
    )


def _order_of_knowing(version: BookVersion) -> tuple[datetime, str]:
    return version.known_since, version.version


def _known(version: BookVersion, as_known_on: datetime | None) -> Iterator[Rate]:
    if as_known_on is None:
        return iter(version.rates)
    return (rate for rate in version.rates if _known_since(version, rate) <= as_known_on)


def _known_since(version: BookVersion, rate: Rate) -> datetime:
    return rate.known_since or version.known_since


def _origin(version: BookVersion, rate: Rate) -> Origin:
    known_since = _known_since(version, rate)
    return Origin(known_since, is_announced=known_since < rate.effective_from)


def _corrected_slot(version: BookVersion, rate: Rate) -> _Slot:
    return version.corrects or "", rate.key, rate.replaces_from or rate.effective_from


def _by_key(
    standing: Sequence[Rate],
) -> tuple[dict[RateKey, list[Rate]], tuple[tuple[Rate, Rate], ...]]:
    """Group statements by key in the order of time; a second one for an instant stands aside."""
    by_key: dict[RateKey, list[Rate]] = {}
    contradictions = []
    for rate in sorted(standing, key=lambda rate: rate.effective_from):
        rates = by_key.setdefault(rate.key, [])
        if rates and rates[-1].effective_from == rate.effective_from:
            contradictions.append((rates[-1], rate))
        else:
            rates.append(rate)
    return by_key, tuple(contradictions)


def build_timelines(statements: Mapping[RateKey, Sequence[Rate]]) -> dict[RateKey, Timeline]:
    """Turn the settled statements of each key into its intervals."""
    return {key: _timeline(key, rates) for key, rates in statements.items()}


def _timeline(key: RateKey, rates: Sequence[Rate]) -> Timeline:
    starts = tuple(rate.effective_from for rate in rates)
    ends = (*starts[1:], None)
    intervals = tuple(
        RateInterval(rate, rate.effective_from, end, rate.price_usd)
        for rate, end in zip(rates, ends, strict=True)
    )
    return Timeline(key, starts, intervals)


def lay_over(
    base: Mapping[RateKey, Timeline],
    own: Mapping[RateKey, Timeline],
    discounts: Sequence[Discount],
    book: str,
) -> dict[RateKey, Timeline]:
    """Lay a contract book over the book that it builds on.

    At each instant the contract's own rate wins; where it has none, or has ended it by a
    withdrawal, the price of the base holds, less the discount in force. What only the contract
    prices has its own price as list price. A contract that prices a unit speaks for all its tiers:
    of the base's tiers those are silent that have every condition of an own rate in force, and
    more.

    Args:
        base: timelines of the book built on.
        own: timelines of the contract book's own rates.
        discounts: its discounts, of all versions.
        book: name of the contract book, which signs the discounted rates.
    """
    ordered = sorted(discounts, key=lambda discount: discount.effective_from)
    by_unit = _by_unit(own)
    return {
        key: _lay_key_over(
            _Layers(
                base.get(key),
                own.get(key),
                _wider(key, by_unit.get(_unit_of(key), ())),
                tuple(discount for discount in ordered if discount.matches(key)),
                book,
            )
        )
        for key in dict.fromkeys((*base, *own))
    }


_UnitOf: TypeAlias = tuple[str, str, str]


def _unit_of(key: RateKey) -> _UnitOf:
    return key.subject_kind, key.name, key.unit


def _by_unit(timelines: Mapping[RateKey, Timeline]) -> dict[_UnitOf, list[Timeline]]:
    grouped: dict[_UnitOf, list[Timeline]] = {}
    for key, timeline in timelines.items():
        grouped.setdefault(_unit_of(key), []).append(timeline)
    return grouped


def _wider(key: RateKey, timelines: Iterable[Timeline]) -> tuple[Timeline, ...]:
    """Choose the timelines whose conditions a tier has too, with others; the narrowest first."""
    found = [one for one in timelines if set(one.key.when) < set(key.when)]
    return tuple(sorted(found, key=lambda one: (-len(one.key.when), one.key)))


@dataclass(frozen=True, slots=True)
class _Layers:
    """What may say the price of one key in a contract book.

    Attributes:
        base, own: the key's timelines in the book built on and in the contract itself.
        wider: the contract's own timelines of the tiers that this tier is a part of.
        discounts: those that match the key, by instant.
        book: name of the contract book.
    """

    base: Timeline | None
    own: Timeline | None
    wider: tuple[Timeline, ...]
    discounts: tuple[Discount, ...]
    book: str

    @property
    def priced(self) -> list[Timeline]:
        """The timelines of the key itself, the base's first."""
        return [timeline for timeline in (self.base, self.own) if timeline is not None]

    def points(self) -> list[datetime]:
        """List the instants at which another layer may speak, from the first price on."""
        first = min(timeline.starts[0] for timeline in self.priced)
        points = {one.effective_from for one in self.discounts}
        points.update(*(timeline.starts for timeline in (*self.priced, *self.wider)))
        return sorted(point for point in points if point >= first)

    def wider_at(self, instant: datetime) -> RateInterval | None:
        """Find the own rate in force that speaks for this tier too."""
        found = (timeline.priced_at(instant) for timeline in self.wider)
        return next((interval for interval in found if interval is not None), None)


def _lay_key_over(layers: _Layers) -> Timeline:
    pieces: list[RateInterval] = []
    for point in layers.points():
        piece = _piece(point, layers)
        if pieces and (pieces[-1].rate, pieces[-1].list_price_usd) == (
            piece.rate,
            piece.list_price_usd,
        ):
            continue
        if pieces:
            pieces[-1] = replace(pieces[-1], ends_at=point)
        pieces.append(piece)
    return Timeline(layers.priced[0].key, tuple(p.starts_at for p in pieces), tuple(pieces))


def _piece(point: datetime, layers: _Layers) -> RateInterval:
    """Decide what holds from one point on; it ends where the next piece begins."""
    listed = layers.base.at(point) if layers.base else None
    contracted = layers.own.at(point) if layers.own else None
    if contracted is not None and not contracted.is_withdrawn:
        list_price = listed.list_price_usd if listed else None
        if list_price is None:
            list_price = contracted.rate.price_usd
        return RateInterval(contracted.rate, point, None, list_price)
    if listed is None:
        assert contracted is not None
        return RateInterval(contracted.rate, point, None, None)
    wider = layers.wider_at(point)
    if wider is not None and not listed.is_withdrawn:
        return RateInterval(_silenced(listed.rate, wider.rate), point, None, None)
    rate = listed.rate
    discount = _discount_at(layers.discounts, point)
    if discount is not None and discount.percent:
        rate = _discounted(rate, discount, layers.book)
    return RateInterval(rate, point, None, listed.list_price_usd)


def _silenced(rate: Rate, own: Rate) -> Rate:
    """Withdraw a tier of the base for which the contract's own rate speaks."""
    return replace(
        rate,
        price_usd=None,
        published="",
        book=own.book,
        version=own.version,
        source=own.source,
        note=f"priced by the contract: {own.key}",
    )


def _discount_at(discounts: Sequence[Discount], instant: datetime) -> Discount | None:
    """Choose the discount in force: of each pattern the latest, of these the most specific."""
    in_force = {
        (discount.subject_kind, discount.pattern): discount
        for discount in discounts
        if discount.effective_from <= instant
    }
    return max(in_force.values(), key=lambda discount: discount.specificity, default=None)


def _discounted(rate: Rate, discount: Discount, book: str) -> Rate:
    """Take a discount off a list price.

    A contracted price is itself a price, so it has at most 12 decimals, rounded half up as a
    contract would print it; amounts made from it are exact again.
    """
    if rate.price_usd is None:
        return rate
    kept = multiply_exact(100 - discount.percent, _HUNDREDTH)
    return replace(
        rate,
        price_usd=shortest(round_half_up(multiply_exact(rate.price_usd, kept), PRICE_SCALE)),
        book=book,
        version=discount.version,
        source=discount.source or rate.source,
        note=f"{discount.percent:f} % off {rate.reference}",
    )
