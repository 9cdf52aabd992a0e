"""When instances start and stop: presets by name, read from autoscalers.toml.

The rule this file owns: what a service does not document is a range, never a number that looks
like one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from pricing.simulator.duration import Duration, lognormal_by_median
from pricing.simulator.error import ImpossibleInput, UnknownName
from pricing.simulator.estimate import CERTAIN, Estimate


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """The rule by which a pool grows and shrinks.

    Attributes:
        idle_seconds: an instance goes off when idle for so long.
        backlog: requests waiting for each instance that boots, at least 1; rounded.
        boots_at_once: instances that may boot at the same time, at least 1.
        poll_seconds: the rule is asked so often; 0 asks it at every arrival.
        takes_newest: whether the instance idle for the shortest time takes a request.
    """

    name: str
    idle_seconds: Estimate
    backlog: Estimate = CERTAIN
    boots_at_once: int = 1000
    poll_seconds: float = 0.0
    takes_newest: bool = True
    source: str = "set by hand"

    def __post_init__(self) -> None:
        if self.boots_at_once < 1 or self.backlog.low < 1 or self.poll_seconds < 0:
            raise ImpossibleInput("autoscaler", self.name, "boots and backlog are at least 1")


REPLICATE_BOOT = lognormal_by_median(30, 120)
"""A deployment's boot: the documentation says from a few seconds to several minutes."""
WARM_IMAGE_BOOT = lognormal_by_median(100, 180)
"""A machine that has the image and loads the model: 60 to 180 s."""
FRESH_MACHINE_BOOT: Duration = lognormal_by_median(390, 600)
"""A machine that is rented anew: 4 to 10 minutes."""


class _Row(TypedDict):
    name: str
    idle_seconds: list[float]
    backlog: list[float]
    boots_at_once: int
    poll_seconds: float
    source: str


@cache
def autoscalers() -> Mapping[str, Autoscaler]:
    """All presets, by name."""
    import tomllib

    text = Path(__file__).with_name("autoscalers.toml").read_text(encoding="utf-8")
    rows = cast(list[_Row], tomllib.loads(text)["autoscaler"])
    return {row["name"]: _autoscaler(row) for row in rows}


def _autoscaler(row: _Row) -> Autoscaler:
    return Autoscaler(
        name=row["name"],
        idle_seconds=Estimate(*row["idle_seconds"]),
        backlog=Estimate(*row["backlog"]),
        boots_at_once=row["boots_at_once"],
        poll_seconds=row["poll_seconds"],
        source=row["source"],
    )


def find_autoscaler(name: str) -> Autoscaler:
    """Find a preset.

    Raises:
        UnknownName: there is none of this name.
    """
    found = autoscalers().get(name.casefold())
    if found is None:
        raise UnknownName("autoscaler", name, sorted(autoscalers()))
    return found
