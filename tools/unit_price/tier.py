"""What a source calls a tier, in the canonical names and conditions of the price books.

The table pricing/observations/tier_names.toml says which name stands for which, and which tiers a
source left without a name. Values are in lower case. Two bounds of one name become one condition,
the lower first: `output_megapixels = ">24,<=48"`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pricing.rate import Confidence

_CONDITION = re.compile(r"(?P<name>\w+)(?P<sign><=|>=|<|>|=)(?P<value>.+)")
_LOWER_FIRST = (">", ">=", "", "<", "<=")

When = tuple[tuple[str, str], ...]
"""Selectors and their conditions, sorted by selector; empty for any."""


@dataclass(frozen=True, slots=True)
class NamedTier:
    """A tier that a source lists without its name, and what it stands for.

    Attributes:
        when: the tier's conditions; None where the rows are to be left out.
        source: why it is taken for that.
        confidence: how far that can be trusted; it bounds the confidence of the rate.
    """

    when: When | None
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class TierNames:
    """The table of names.

    Attributes:
        names: canonical name by the source's name, where they differ.
        tiers: what stands for a tier without a name, by (model, selector as the source has it).
    """

    names: Mapping[str, str]
    tiers: Mapping[tuple[str, str], NamedTier]

    def named_tier(self, model: str, selector: str) -> NamedTier | None:
        """Return what is known of a tier that the source left without a name."""
        return self.tiers.get((model, selector))

    def when(self, selector: str) -> When:
        """Return the conditions of a selector, canonical and sorted.

        Raises:
            ValueError: a condition cannot be read.
        """
        conditions: dict[str, list[tuple[str, str]]] = {}
        for text in filter(None, selector.split(";")):
            name, sign, value = self._condition(text)
            conditions.setdefault(name, []).append((sign, value))
        return tuple((name, _joined(conditions[name])) for name in sorted(conditions))

    def _condition(self, text: str) -> tuple[str, str, str]:
        match = _CONDITION.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"no condition: {text!r}")
        name = self.names.get(match["name"], match["name"])
        return name, "" if match["sign"] == "=" else match["sign"], match["value"]


def read_tier_names(path: Path) -> TierNames:
    """Read the table of names from its TOML file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return TierNames(
        names={row["from"]: row["to"] for row in table["name"]},
        tiers={(row["model"], row["selector"]): _named_tier(row) for row in table["tier"]},
    )


def sorted_when(conditions: Mapping[str, str]) -> When:
    """Return conditions as sorted pairs."""
    return tuple(sorted(conditions.items()))


def is_narrower(tier: When, other: When) -> bool:
    """Tell whether a tier asks for all that another asks for, and for more."""
    return set(tier) > set(other)


def _named_tier(row: Mapping[str, object]) -> NamedTier:
    when = row.get("when")
    return NamedTier(
        when=sorted_when(when) if isinstance(when, dict) else None,
        source=str(row["source"]),
        confidence=Confidence(str(row["confidence"])),
    )


def _joined(bounds: list[tuple[str, str]]) -> str:
    return ",".join(_ordered(bounds))


def _ordered(bounds: list[tuple[str, str]]) -> Iterator[str]:
    for sign, value in sorted(bounds, key=lambda bound: _LOWER_FIRST.index(bound[0])):
        yield f"{sign}{value}"
