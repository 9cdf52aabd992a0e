"""What Replicate says of a model: whether it is private, and whether it is billed by unit.

The rule this file owns: Replicate tells how a model is today and nothing of its past, so what is
seen holds until something else is seen, and what was seen first holds for the time before too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ModelFact:
    """How a model was in [starts_at, ends_at).

    Source: `visibility` and `is_official` of the model object in Replicate's API reference
    (replicate.com/docs/reference/http), read on 2026-11-21.

    Attributes:
        model: `owner/name`.
        starts_at, ends_at: aware UTC; None is open.
        is_private: its runs are billed by the time that instances are online.
        is_official: its runs are billed by unit; None where Replicate does not say.
    """

    model: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_private: bool
    is_official: bool | None

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the model was so at an instant."""
        is_begun = self.starts_at is None or self.starts_at <= instant
        return is_begun and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class ModelSighting:
    """How a model was seen to be when it was looked at; see `ModelFact`."""

    model: str
    seen_at: datetime
    is_private: bool
    is_official: bool | None


def facts_by_model(sightings: Iterable[ModelSighting]) -> Mapping[str, tuple[ModelFact, ...]]:
    """Return the facts of every model, in the order of time; they tile it without gap."""
    by_model: dict[str, list[ModelSighting]] = {}
    for one in sorted(sightings, key=lambda seen: (seen.model, seen.seen_at)):
        by_model.setdefault(one.model, []).append(one)
    return {model: _tile(seen) for model, seen in by_model.items()}


def _tile(sightings: Sequence[ModelSighting]) -> tuple[ModelFact, ...]:
    starts = [None, *(seen.seen_at for seen in sightings[1:])]
    ends = [*starts[1:], None]
    return tuple(
        ModelFact(seen.model, start, end, seen.is_private, seen.is_official)
        for seen, start, end in zip(sightings, starts, ends, strict=True)
    )
