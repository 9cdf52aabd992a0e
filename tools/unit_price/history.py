"""All price histories together: from the tables of sightings to dated rates.

Sightings are first freed of readings in a unit that is not billed, then put under canonical tiers,
then reconciled key by key. A price without tiers ends where tiers of the same unit are first seen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from pricing.rate import Confidence
from tools.unit_price.asked_quantity import AskedQuantities, AskedQuantity
from tools.unit_price.billed_unit import BilledUnits, billed_units
from tools.unit_price.observation import Sighting
from tools.unit_price.reconciliation import Dropped, Spell, reconcile
from tools.unit_price.tier import NamedTier, TierNames, When, is_narrower

_RISING = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


@dataclass(frozen=True, slots=True)
class Key:
    """What is priced: a model, a unit, a tier."""

    model: str
    unit: str
    when: When


@dataclass(frozen=True, slots=True)
class DatedRate:
    """One rate of the book: a key costs so much from a day on, or is priced no longer.

    Attributes:
        price_usd: US dollars for one unit; None where the price is withdrawn.
        first_on: the day from which it holds, as UTC has days.
        last_on: the day on which it was last seen.
        published: the price in the words of the strongest source.
        source: that source.
        note: what a reader should know: other sources, what was set aside, what is missing.
    """

    key: Key
    price_usd: Decimal | None
    first_on: date
    last_on: date
    published: str
    source: str
    confidence: Confidence
    note: str
    asked: AskedQuantity | None


@dataclass(frozen=True, slots=True)
class Histories:
    """What the rule made of all sightings.

    Attributes:
        rates: in order of model, unit, tier and day.
        dropped: sightings that a stronger or repeated one beat.
        left_out: units that are another reading of a billed one, by model.
        unnamed: how many sightings of tiers without a name were left out.
    """

    rates: tuple[DatedRate, ...]
    dropped: tuple[Dropped, ...]
    left_out: Mapping[str, frozenset[str]]
    unnamed: int


def make_histories(
    sightings: Iterable[Sighting], names: TierNames, asked: AskedQuantities
) -> Histories:
    """Make all price histories."""
    seen = sorted(sightings, key=lambda sighting: sighting.model)
    units = {model: billed_units(rows) for model, rows in _by_model(seen).items()}
    billed = [row for row in seen if row.unit in units[row.model].billed]
    by_key, unnamed = _by_key(billed, names)
    spells = {key: reconcile(rows) for key, rows in by_key.items()}
    rates = [*_rates(spells, units, names, asked), *_withdrawals(spells)]
    return Histories(
        rates=tuple(sorted(rates, key=_order)),
        dropped=tuple(slip for key in spells for spell in spells[key] for slip in spell.dropped),
        left_out={model: unit.left_out for model, unit in units.items() if unit.left_out},
        unnamed=unnamed,
    )


def _order(rate: DatedRate) -> tuple[str, str, When, date]:
    return (rate.key.model, rate.key.unit, rate.key.when, rate.first_on)


def _by_model(sightings: Iterable[Sighting]) -> dict[str, list[Sighting]]:
    by_model: dict[str, list[Sighting]] = {}
    for seen in sightings:
        by_model.setdefault(seen.model, []).append(seen)
    return by_model


def _by_key(
    sightings: Iterable[Sighting], names: TierNames
) -> tuple[dict[Key, list[Sighting]], int]:
    by_key: dict[Key, list[Sighting]] = {}
    unnamed = 0
    for seen in sightings:
        tier = names.named_tier(seen.model, seen.selector)
        when = tier.when if tier else names.when(seen.selector)
        if when is None:
            unnamed += 1
        else:
            by_key.setdefault(Key(seen.model, seen.unit, when), []).append(seen)
    return by_key, unnamed


def _rates(
    spells: Mapping[Key, Sequence[Spell]],
    units: Mapping[str, BilledUnits],
    names: TierNames,
    asked: AskedQuantities,
) -> Iterator[DatedRate]:
    missing = _missing_siblings(spells)
    by_unit = _sightings_by_unit(spells)
    for key, history in spells.items():
        quantity = asked.find(key.model, key.unit, by_unit[key.model, key.unit])
        for spell in history:
            rate = _rate(key, spell, _tiers_taken(spell, names), quantity)
            remarks = [
                *_unit_remarks(units[key.model]),
                *(
                    f"{unit} is known from {day} on; a charge before leaves it out"
                    for unit, day in missing[key.model]
                    if day > spell.first_on and unit != key.unit
                ),
            ]
            yield replace(rate, note="; ".join([rate.note, *remarks]))


def _sightings_by_unit(
    spells: Mapping[Key, Sequence[Spell]],
) -> dict[tuple[str, str], list[Sighting]]:
    by_unit: dict[tuple[str, str], list[Sighting]] = {}
    for key, history in spells.items():
        seen = (sighting for spell in history for sighting in spell.sightings)
        by_unit.setdefault((key.model, key.unit), []).extend(seen)
    return by_unit


def _missing_siblings(
    spells: Mapping[Key, Sequence[Spell]],
) -> dict[str, list[tuple[str, date]]]:
    first: dict[str, dict[str, date]] = {}
    for key, history in spells.items():
        days = first.setdefault(key.model, {})
        days[key.unit] = min(days.get(key.unit, date.max), history[0].first_on)
    return {model: sorted(days.items()) for model, days in first.items()}


def _tiers_taken(spell: Spell, names: TierNames) -> list[NamedTier]:
    tiers = (names.named_tier(seen.model, seen.selector) for seen in spell.sightings)
    return [tier for tier in tiers if tier]


def _rate(
    key: Key, spell: Spell, tiers: Sequence[NamedTier], asked: AskedQuantity | None
) -> DatedRate:
    return DatedRate(
        key=key,
        price_usd=spell.strongest.price_usd,
        first_on=spell.first_on,
        last_on=spell.last_on,
        published=spell.strongest.published,
        source=spell.strongest.source,
        confidence=_confidence(spell, tiers),
        note="; ".join(_remarks(spell, tiers)),
        asked=asked,
    )


def _confidence(spell: Spell, tiers: Sequence[NamedTier]) -> Confidence:
    """Return the most trusted sighting's word, bounded by how the tier was named.

    A sighting set aside that was as strong leaves a doubt: then it is medium at most.
    """
    best = max(_RISING.index(seen.confidence) for seen in spell.sightings)
    if len(tiers) == len(spell.sightings):
        best = min(best, *(_RISING.index(tier.confidence) for tier in tiers))
    if any(slip.sighting.strength >= spell.strongest.strength for slip in spell.dropped):
        best = min(best, _RISING.index(Confidence.MEDIUM))
    return _RISING[best]


def _remarks(spell: Spell, tiers: Sequence[NamedTier]) -> Iterator[str]:
    count = len(spell.sightings)
    yield f"{count} sighting{'s' if count > 1 else ''}, {spell.strongest.kind.value}"
    first = spell.sightings[0]
    if first.source != spell.strongest.source:
        yield f"first seen by {first.source}"
    for slip in spell.dropped:
        seen = slip.sighting
        yield f"set aside: {seen.price_usd} on {seen.seen_on} by {seen.source} ({slip.reason})"
    yield from dict.fromkeys(f"tier named by us: {tier.source}" for tier in tiers)


def _unit_remarks(units: BilledUnits) -> Iterator[str]:
    for unit in sorted(units.left_out):
        yield f"sightings per {unit} are taken for another reading of this price"


def _withdrawals(spells: Mapping[Key, Sequence[Spell]]) -> Iterator[DatedRate]:
    """End a price without tiers, or with fewer, where narrower tiers are first seen after it."""
    for key, history in spells.items():
        narrower = [
            spells[other][0]
            for other in spells
            if (other.model, other.unit) == (key.model, key.unit)
            and is_narrower(other.when, key.when)
        ]
        first = min(narrower, key=lambda spell: spell.first_on, default=None)
        if first is not None and history[-1].last_on < first.first_on:
            yield _withdrawal(key, first)


def _withdrawal(key: Key, first: Spell) -> DatedRate:
    return DatedRate(
        key=key,
        price_usd=None,
        first_on=first.first_on,
        last_on=first.first_on,
        published="",
        source=first.strongest.source,
        confidence=first.strongest.confidence,
        note="from here on the unit is priced by tier",
        asked=None,
    )
