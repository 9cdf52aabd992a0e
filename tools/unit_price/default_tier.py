"""The tier that a model takes where a record does not show one.

Read from pricing/observations/tier_defaults.toml, written by hand: each default stands there with
its source. A model without one stays without: its records come out unrated rather than guessed.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pricing.rate import Confidence
from tools.unit_price.tier import When, sorted_when


@dataclass(frozen=True, slots=True)
class DefaultTier:
    """The selector values that a model takes unless told otherwise."""

    model: str
    when: When
    source: str
    confidence: Confidence


def read_default_tiers(path: Path) -> tuple[DefaultTier, ...]:
    """Read all defaults, sorted by model."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["default"]
    defaults = (
        DefaultTier(
            row["model"], sorted_when(row["when"]), row["source"], Confidence(row["confidence"])
        )
        for row in rows
    )
    return tuple(sorted(defaults, key=lambda default: default.model))
