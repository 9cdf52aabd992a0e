"""Which hardware a public model was seen to run on, and when such a sighting may speak.

The rule this file owns, told in full in docs/hardware-catalogue.md. A sighting speaks for an
instant only while its tier is sold, and then either near its date (`WINDOW` on both sides; the
nearest wins, and a nearer one beats a contradicting one) or, away from every date, as long as all
sightings whose tiers are sold name the same tier. Everything it says is weak evidence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

from pricing.error import MalformedFile
from pricing.rate import Confidence

WINDOW = timedelta(days=183)
"""How far from its date a sighting still speaks against others: half a year, as tiers have moved
about once a year (docs/hardware-catalogue.md)."""

_SHIPPED = Path(__file__).with_name("catalogue") / "model_hardware.toml"
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = "[[observation]]"
_STRENGTH = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


@dataclass(frozen=True, slots=True)
class Observation:
    """One sighting of the hardware that a public model runs on.

    Attributes:
        model: `owner/name`.
        sku: the tier, spelled as Replicate spells it.
        hardware: the words seen, for instance "Nvidia T4 GPU".
        seen_from: start of the interval in which it was seen, aware UTC; None when undated.
        seen_until: its end, exclusive: a day or a year later; None when undated.
        source: where it was seen.
        confidence: how far the sighting can be trusted.
        line: where it stands in the catalogue's file, from 1.
        note: on an answer, why this sighting speaks; empty as stored.
    """

    model: str
    sku: str
    hardware: str
    seen_from: datetime | None
    seen_until: datetime | None
    source: str
    confidence: Confidence
    line: int
    note: str = ""

    @property
    def seen_on(self) -> str:
        """The date as precisely as it is known: `2026-07-14`, `2025` or `undated`."""
        if self.seen_from is None or self.seen_until is None:
            return "undated"
        is_day = self.seen_until - self.seen_from <= timedelta(days=1)
        return self.seen_from.date().isoformat() if is_day else str(self.seen_from.year)


class Catalogue:
    """All sightings, by model. It never changes.

    It knows public models only. The caller asks it neither for a deployment nor for a model that
    the user's map calls private: a name may be the same and the hardware another.
    """

    def __init__(self, observations: Sequence[Observation]) -> None:
        """Keep the observations by model, in the order given."""
        by_model: dict[str, list[Observation]] = {}
        for observation in observations:
            by_model.setdefault(observation.model, []).append(observation)
        self._by_model = {model: tuple(seen) for model, seen in by_model.items()}

    @property
    def models(self) -> tuple[str, ...]:
        """Every model with a sighting, in order of the file."""
        return tuple(self._by_model)

    def observations(self, model: str) -> tuple[Observation, ...]:
        """Every sighting of the model, in order of the file."""
        return self._by_model.get(model, ())

    def observed_sku(
        self, model: str, instant: datetime, is_sold: Callable[[str], bool]
    ) -> Observation | None:
        """Return the sighting that speaks for the model at the instant, its `note` saying why.

        Args:
            model: `owner/name` of a public model.
            instant: aware UTC.
            is_sold: whether a tier has a price at that instant.
        """
        sold = [seen for seen in self.observations(model) if is_sold(seen.sku)]
        near = [seen for seen in sold if _is_near(seen, instant)]
        if near:
            return _nearest_told(near, instant)
        if len({seen.sku for seen in sold}) == 1:
            return _lasting_told(sold, instant)
        return None

    def as_known_on(self, instant: datetime) -> Catalogue:
        """Return the sightings that were made by an instant, and those that nobody dated."""
        every = (seen for sightings in self._by_model.values() for seen in sightings)
        return Catalogue(
            [seen for seen in every if seen.seen_until is None or seen.seen_until <= instant]
        )

    def breakpoints(self, model: str) -> tuple[datetime, ...]:
        """Return all instants at which the answer may change while the same tiers are sold."""
        dated = [span for seen in self.observations(model) if (span := _span(seen))]
        instants: set[datetime] = set()
        for start, end in dated:
            instants |= {start - WINDOW, start, end, end + WINDOW}
        for (_, end), (start, _) in combinations(sorted(dated), 2):
            if end <= start:
                instants.add(_middle(end, start))
        return tuple(sorted(instants))


def read_catalogue(text: str, path: str = _SHIPPED.name) -> Catalogue:
    """Read the catalogue from the text of its TOML file.

    Args:
        text: the whole file.
        path: what to call the file in errors.

    Raises:
        MalformedFile: an observation lacks a field or has one of the wrong type.
    """
    starts = (i for i, line in enumerate(text.splitlines(), 1) if line.strip() == _HEADER)
    entries = tomllib.loads(text).get("observation", [])
    pairs = zip(entries, starts, strict=True)
    return Catalogue([_Entry(fields, path, line).observation() for fields, line in pairs])


def shipped_catalogue() -> Catalogue:
    """Read the catalogue that comes with the product."""
    return read_catalogue(_SHIPPED.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One table of the file, with the place at which it stands for the errors."""

    fields: Mapping[str, object]
    path: str
    line: int

    def observation(self) -> Observation:
        return Observation(
            model=self._text("model"),
            sku=self._text("sku"),
            hardware=self._text("hardware"),
            seen_from=self._instant("seen_from"),
            seen_until=self._instant("seen_until"),
            source=self._text("source"),
            confidence=self._confidence(),
            line=self.line,
        )

    def _text(self, key: str) -> str:
        value = self.fields.get(key)
        if not isinstance(value, str) or not value:
            raise self._malformed(key, "is no text", "write a text that is not empty")
        return value

    def _instant(self, key: str) -> datetime | None:
        value = self.fields.get(key)
        if value is None:
            return None
        if not isinstance(value, datetime) or value.utcoffset() != timedelta(0):
            raise self._malformed(key, "is no instant in UTC", "write it as 2026-07-14T00:00:00Z")
        return value

    def _confidence(self) -> Confidence:
        try:
            return Confidence(self._text("confidence"))
        except ValueError:
            raise self._malformed("confidence", "is unknown", "write high, medium or low") from None

    def _malformed(self, key: str, message: str, help_text: str) -> MalformedFile:
        return MalformedFile(self.path, f"line {self.line}", f"{key} {message}", help_text)


def _span(seen: Observation) -> tuple[datetime, datetime] | None:
    if seen.seen_from is None or seen.seen_until is None:
        return None
    return seen.seen_from, seen.seen_until


def _is_near(seen: Observation, instant: datetime) -> bool:
    span = _span(seen)
    return span is not None and span[0] - WINDOW <= instant < span[1] + WINDOW


def _middle(end: datetime, start: datetime) -> datetime:
    """Return the first instant at which the later of two intervals is no farther than the other."""
    return end + (start - end) // 2


def _distance(start: datetime, end: datetime, instant: datetime) -> timedelta:
    """Return how far an instant is from [start, end): from its first or last microsecond."""
    if instant < start:
        return start - instant
    return max(instant - end + _MICROSECOND, timedelta(0))


def _closeness(
    seen: Observation, instant: datetime
) -> tuple[timedelta, timedelta, timedelta, int, int]:
    """Order sightings: nearest, then later, then more precise, then more trusted, then the file's.

    Of two as near, on either side of the instant, the later wins, so that the answer is constant
    between breakpoints; of two whose intervals both hold the instant, the more precise wins.
    """
    none = timedelta(0)
    strength = _STRENGTH[seen.confidence]
    span = _span(seen)
    if span is None:
        return (timedelta.max, none, none, strength, seen.line)
    start, end = span
    distance = _distance(start, end, instant)
    lateness = _EPOCH - start if distance else none
    return (distance, lateness, end - start, strength, seen.line)


def _nearest_told(near: Sequence[Observation], instant: datetime) -> Observation:
    chosen = min(near, key=lambda seen: _closeness(seen, instant))
    note = f"seen {chosen.seen_on}, within {WINDOW.days} days"
    others = list(_contradictions(near, chosen))
    if others:
        note += f"; nearer than {', '.join(others)}"
    return replace(chosen, note=note)


def _contradictions(near: Sequence[Observation], chosen: Observation) -> Iterator[str]:
    for seen in near:
        if seen.sku != chosen.sku:
            yield f"{seen.sku} (seen {seen.seen_on})"


def _lasting_told(sold: Sequence[Observation], instant: datetime) -> Observation:
    chosen = min(sold, key=lambda seen: _closeness(seen, instant))
    note = f"seen {chosen.seen_on}; the tier is sold and no other sighting contradicts"
    return replace(chosen, note=note)
