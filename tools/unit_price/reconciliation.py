"""The rule that makes price moves out of sightings which do not always agree.

All sightings given here are of one key: one model, unit and tier. The steps, in this order:

1. One day, one price: of sightings on the same day the strongest price stays.
2. A lone sighting, whose neighbours before and after both show another price, is dropped when
   a. those two agree with each other, are as strong, and lie within `NOISE_DAYS` of each other, or
      are both stronger, however far apart: two moves that undo each other are noise; or
   b. a stronger sighting within `WINDOW_DAYS` shows another price.
3. What is left, in date order, is the history: each first sighting of another price is a move.

Strength is who says so, then how far the row can be trusted. Told in docs/unit-prices.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from tools.unit_price.observation import Sighting

WINDOW_DAYS = 31
"""Two sources this near in time are taken to look at the same price."""

NOISE_DAYS = 62
"""A price that moves and moves back within this span, seen once only, is taken for a slip."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sighting that did not count, and the one that beat it."""

    sighting: Sighting
    beaten_by: Sighting
    reason: str


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of agreeing sightings: one price from its first day to the next spell's.

    Attributes:
        sightings: all that agree, in date order, at least one.
        dropped: sightings set aside that fall into this stretch.
    """

    sightings: tuple[Sighting, ...]
    dropped: tuple[Dropped, ...]

    @property
    def first_on(self) -> date:
        """The day from which the price holds."""
        return self.sightings[0].seen_on

    @property
    def last_on(self) -> date:
        """The day on which the price was last seen."""
        return self.sightings[-1].seen_on

    @property
    def strongest(self) -> Sighting:
        """The sighting to quote: the strongest, of those the latest."""
        return max(self.sightings, key=lambda seen: (seen.strength, seen.seen_on, seen.source))


def reconcile(sightings: Sequence[Sighting]) -> tuple[Spell, ...]:
    """Make the price history of one key out of its sightings, in any order."""
    ordered = sorted(sightings, key=_order)
    kept, dropped = _one_price_a_day(ordered)
    while (slip := next(_slips(kept), None)) is not None:
        kept = [seen for seen in kept if seen is not slip.sighting]
        dropped.append(slip)
    runs = [tuple(run) for _, run in groupby(kept, key=lambda seen: seen.price_usd)]
    return tuple(_spells(runs, dropped))


def _order(seen: Sighting) -> tuple[date, tuple[int, int], str, str]:
    return (seen.seen_on, seen.strength, seen.source, seen.published)


def _one_price_a_day(ordered: Sequence[Sighting]) -> tuple[list[Sighting], list[Dropped]]:
    kept: list[Sighting] = []
    dropped: list[Dropped] = []
    for _, group in groupby(ordered, key=lambda seen: seen.seen_on):
        same_day = list(group)
        best = max(same_day, key=lambda seen: seen.strength)
        for seen in same_day:
            if seen.price_usd == best.price_usd:
                kept.append(seen)
            else:
                dropped.append(Dropped(seen, best, "a stronger source of the same day"))
    return kept, dropped


def _slips(kept: Sequence[Sighting]) -> Iterator[Dropped]:
    """Find lone sightings that the rule sets aside, the weakest first."""
    lone = [i for i in range(len(kept)) if _is_lone(kept, i)]
    for i in sorted(lone, key=lambda i: kept[i].strength):
        slip = _undone_move(kept, i) or _outvoted(kept, i)
        if slip is not None:
            yield slip


def _is_lone(kept: Sequence[Sighting], i: int) -> bool:
    neighbours = [*kept[max(i - 1, 0) : i], *kept[i + 1 : i + 2]]
    return all(seen.price_usd != kept[i].price_usd for seen in neighbours)


def _undone_move(kept: Sequence[Sighting], i: int) -> Dropped | None:
    if not 0 < i < len(kept) - 1:
        return None
    before, seen, after = kept[i - 1 : i + 2]
    weakest = min(before.strength, after.strength)
    is_short = (after.seen_on - before.seen_on).days <= NOISE_DAYS
    is_beaten = weakest > seen.strength or (weakest == seen.strength and is_short)
    if before.price_usd != after.price_usd or not is_beaten:
        return None
    return Dropped(seen, after, "seen once, between two sightings that agree")


def _outvoted(kept: Sequence[Sighting], i: int) -> Dropped | None:
    seen = kept[i]
    rivals = [
        rival
        for rival in kept
        if rival.strength > seen.strength
        and rival.price_usd != seen.price_usd
        and abs((rival.seen_on - seen.seen_on).days) <= WINDOW_DAYS
    ]
    if not rivals:
        return None
    best = max(rivals, key=lambda rival: rival.strength)
    return Dropped(seen, best, f"a stronger source within {WINDOW_DAYS} days")


def _spells(runs: Sequence[tuple[Sighting, ...]], dropped: Sequence[Dropped]) -> Iterator[Spell]:
    """Put each dropped sighting to the stretch that it falls into, an early one to the first."""
    starts = [run[0].seen_on for run in runs]
    for i, run in enumerate(runs):
        own = (slip for slip in dropped if _home(starts, slip.sighting.seen_on) == i)
        yield Spell(run, tuple(sorted(own, key=lambda slip: _order(slip.sighting))))


def _home(starts: Sequence[date], day: date) -> int:
    """Return the position of the stretch that a day falls into."""
    return max(sum(start <= day for start in starts) - 1, 0)
