"""Which units of a model are billed together, and which are two readings of one price.

Charging a model per image and per run, because two sources count differently, would bill it twice.
So two units of a model are *additive* only if they are the two sides of a language model (tokens
in, tokens out), or if one source lists both on one day. Additivity is passed on: A with B and B
with C make A, B and C one set. Units of different sets are *alternatives*: the set with the
strongest sighting is billed, of two as strong the one seen last, of two as late the first by name.
The others are left out and told. Nothing here looks at tiers: they belong to one unit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from tools.unit_price.observation import Sighting

_TWO_SIDES = frozenset({"input_token", "output_token"})


@dataclass(frozen=True, slots=True)
class BilledUnits:
    """The units that a model is billed by, and the readings that were left out."""

    billed: frozenset[str]
    left_out: frozenset[str]


def billed_units(sightings: Sequence[Sighting]) -> BilledUnits:
    """Decide which units are billed, from all sightings of one model."""
    sets = _additive_sets(sightings)
    winner = max(sets, key=lambda units: _claim(sightings, units))
    return BilledUnits(winner, frozenset().union(*sets) - winner)


def _additive_sets(sightings: Sequence[Sighting]) -> list[frozenset[str]]:
    sets = [frozenset({unit}) for unit in sorted({seen.unit for seen in sightings})]
    for one, other in combinations(sorted({seen.unit for seen in sightings}), 2):
        if _are_additive(sightings, one, other):
            sets = _joined(sets, one, other)
    return sets


def _are_additive(sightings: Sequence[Sighting], one: str, other: str) -> bool:
    if {one, other} == _TWO_SIDES:
        return True
    return bool(_listings(sightings, one) & _listings(sightings, other))


def _listings(sightings: Sequence[Sighting], unit: str) -> set[tuple[str, date]]:
    return {(seen.source, seen.seen_on) for seen in sightings if seen.unit == unit}


def _joined(sets: Iterable[frozenset[str]], one: str, other: str) -> list[frozenset[str]]:
    apart = [units for units in sets if one not in units and other not in units]
    together = [units for units in sets if one in units or other in units]
    return [*apart, frozenset().union(*together)]


def _claim(
    sightings: Sequence[Sighting], units: frozenset[str]
) -> tuple[tuple[int, int], date, tuple[int, ...]]:
    own = [seen for seen in sightings if seen.unit in units]
    strongest = max(seen.strength for seen in own)
    latest = max(seen.seen_on for seen in own if seen.strength == strongest)
    return (strongest, latest, tuple(-ord(letter) for letter in min(units)))
