"""Which hardware tier a name means: skus.toml, read.

Replicate has spelled its tiers in several ways, and people write them as they like. A name that
could mean two tiers is taken for one of them and says so; a name that means none is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from pricing.error import UnknownSku

_COUNT_FIRST = re.compile(r"(?<![a-z0-9])(\d{1,2})\s*[x×](?![a-z0-9])")
_COUNT_LAST = re.compile(r"(?<![a-z0-9])[x×]\s*(\d{1,2})(?![a-z0-9])")
_SILENT_WORD = re.compile(r"(?<![a-z0-9])(nvidia|gpus?)(?![a-z0-9])")
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Sku:
    """A hardware tier that is sold by the second.

    Attributes:
        sku: as Replicate spells it (`gpu-l40s-2x`).
        name: what a person calls it ("2x Nvidia L40S GPU").
        gpu: the kind of GPU, empty for a CPU tier.
        gpu_count: how many of them; 0 for a CPU tier.
        aliases: other names, without those that spelling tolerance covers.
    """

    sku: str
    name: str
    gpu: str
    gpu_count: int
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkuMatch:
    """The tier that a name was taken for.

    Attributes:
        sku: the tier's SKU.
        note: what an ambiguous name was taken for and why; None for a clear one.
    """

    sku: str
    note: str | None = None


class _Ambiguous(TypedDict):
    alias: str
    note: str


class _Tier(TypedDict, total=False):
    sku: str
    name: str
    gpu: str
    gpu_counts: list[int]
    aliases: list[str]
    ambiguous: list[_Ambiguous]


@cache
def _tiers() -> list[_Tier]:
    import tomllib

    text = Path(__file__).with_name("skus.toml").read_text(encoding="utf-8")
    return cast(list[_Tier], tomllib.loads(text)["tier"])


@cache
def skus() -> Mapping[str, Sku]:
    """List all hardware tiers by SKU, in the order of skus.toml."""
    found = (_sku(tier, count) for tier in _tiers() for count in tier["gpu_counts"])
    return {sku.sku: sku for sku in found}


def _sku(tier: _Tier, count: int) -> Sku:
    several = count > 1
    aliases = (*tier["aliases"], *(one["alias"] for one in tier.get("ambiguous", ())))
    return Sku(
        sku=f"{tier['sku']}-{count}x" if several else tier["sku"],
        name=f"{count}x {tier['name']}" if several else tier["name"],
        gpu=tier["gpu"],
        gpu_count=count,
        aliases=tuple(f"{count}x {alias}" if several else alias for alias in aliases),
    )


def find_sku(text: str) -> SkuMatch:
    """Find the hardware tier that a name means.

    Raises:
        UnknownSku: no tier is called so; near names are suggested, or all tiers named.

    >>> find_sku("gpu-2x-l40s").sku, find_sku("Nvidia A100 (80GB) GPU").sku
    ('gpu-l40s-2x', 'gpu-a100-large')
    """
    exact = _exact_names().get(text.casefold())
    if exact is not None:
        return SkuMatch(exact)
    match = _matches().get(_spelling(text))
    if match is None:
        raise UnknownSku(text, near_skus(text), [tier["sku"] for tier in _tiers()])
    return match


@cache
def _exact_names() -> Mapping[str, str]:
    """Map what Replicate itself writes, SKU and human name, to the SKU: these are never unclear."""
    names = {sku.name.casefold(): sku.sku for sku in skus().values()}
    return names | {sku: sku for sku in skus()}


@cache
def _matches() -> Mapping[tuple[int, str], SkuMatch]:
    """Map every name of every tier, in its tolerant spelling, to the tier."""
    matches: dict[tuple[int, str], SkuMatch] = {}
    for tier in _tiers():
        for count in tier["gpu_counts"]:
            sku = _sku(tier, count).sku
            for name in (tier["sku"], tier["name"], *tier["aliases"]):
                matches[(max(count, 1), _spelling(name)[1])] = SkuMatch(sku)
            for one in tier.get("ambiguous", ()):
                matches[(max(count, 1), _spelling(one["alias"])[1])] = SkuMatch(sku, one["note"])
    return matches


def _spelling(text: str) -> tuple[int, str]:
    """Reduce a name to its count of GPUs and its letters and digits."""
    lowered = re.sub(r"[-_/]", " ", text.casefold())
    found = _COUNT_FIRST.search(lowered) or _COUNT_LAST.search(lowered)
    if found:
        lowered = lowered[: found.start()] + " " + lowered[found.end() :]
    letters = _NOT_A_LETTER.sub("", _SILENT_WORD.sub(" ", lowered))
    return (int(found[1]) if found else 1), letters


def near_skus(text: str) -> list[str]:
    """Name the tiers whose SKUs are spelled most like a text, the nearest first; two at most."""
    from difflib import get_close_matches

    return get_close_matches(text.casefold(), skus(), n=2, cutoff=0.5)
