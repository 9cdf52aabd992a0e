"""From which instant on a model is priced by unit: the first statement on it decides.

The rule this file owns. A price that was announced ahead, known before it holds, makes its model
one that is priced by unit from its instant on: before it the model is billed as it was, so that a
version dated in the future reprices nothing. A price that was merely seen, known when it held
already, says that the model was priced by unit before anyone looked: what it cost until then is
unknown, and never priced by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from pricing.rate import RateSubject
from pricing.timeline import Settlement
from pricing.unit import SECOND

OnsetKey: TypeAlias = tuple[str, str | None]
"""A model and one of its units, or None for any of them."""


@dataclass(frozen=True, slots=True, order=True)
class Onset:
    """The first that is said of a model's unit prices; the earliest of several counts.

    Attributes:
        effective_from: first instant at which the price holds.
        known_since: first instant at which it could be known.
        is_announced: whether it was known before it held.
    """

    effective_from: datetime
    known_since: datetime
    is_announced: bool

    def has_begun(self, instant: datetime) -> bool:
        """Tell whether the model is priced by unit at an instant."""
        return not self.is_announced or self.effective_from <= instant


def find_onsets(settled: Settlement, base: Mapping[OnsetKey, Onset]) -> dict[OnsetKey, Onset]:
    """Find the first statement on each model and on each of its units.

    Args:
        settled: the statements of a book's own versions, brought together.
        base: the onsets of the book that it builds on.
    """
    found = dict(base)
    for key, onset in _stated(settled):
        found[key] = min(onset, found.get(key, onset))
    return found


def _stated(settled: Settlement) -> Iterable[tuple[OnsetKey, Onset]]:
    for rate, origin in settled.origins:
        if rate.key.subject_kind is RateSubject.MODEL and rate.key.unit != SECOND:
            onset = Onset(rate.effective_from, origin.known_since, origin.is_announced)
            yield (rate.key.name, None), onset
            yield (rate.key.name, rate.key.unit), onset
