"""How long the same work runs on another kind of GPU: ranges by name, read from speeds.toml.

The rule this file owns: a speed that the user did not measure is a range, and a kind of GPU that
nobody compared has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from pricing.simulator.error import UnknownName
from pricing.simulator.estimate import CERTAIN, Estimate


class _Row(TypedDict):
    gpu: str
    time: list[float]


@cache
def relative_times() -> Mapping[str, Estimate]:
    """Run time on each kind of GPU over that on an A100 with 80 GB."""
    import tomllib

    text = Path(__file__).with_name("speeds.toml").read_text(encoding="utf-8")
    rows = cast(list[_Row], tomllib.loads(text)["speed"])
    return {row["gpu"]: Estimate(*row["time"]) for row in rows}


def relative_time(gpu: str, reference: str) -> Estimate:
    """Run time on one kind of GPU over that on another; exactly 1 on the same.

    Raises:
        UnknownName: one of them was never compared with others.

    >>> relative_time("H100", "A100-80").low
    0.27
    """
    if gpu == reference:
        return CERTAIN
    known = relative_times()
    for name in (gpu, reference):
        if name not in known:
            raise UnknownName("relative speed of", name, sorted(known))
    mine, other = known[gpu], known[reference]
    return Estimate(mine.low / other.high, mine.high / other.low)
