"""What a recorded pool says of its boots and its idle timeout.

The rule this file owns: only a request that came when nothing of its pool was at work counts, since
it waited for a boot or for nothing; and what too few of them show is not told at all.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from pricing.simulator.comparison import nearest
from pricing.simulator.estimate import Estimate

LEAST = 20
"""Requests of a kind that a number must rest on at least."""
SURELY_OFF_SECONDS = 1800.0
"""Replicate's instances idle for "a few minutes": after half an hour one is off."""
SURELY_ON_SECONDS = 30.0
"""And within half a minute none is."""
SHORTEST_BOOT_SECONDS = 2.0
"""Who waits for less does not wait for a boot, which takes "a few seconds" at least."""
BOOT_OVER_WARM = 3.0
"""Late requests must wait so many times as long as those that came soon, or it is no boot."""
MOST_MISTAKEN = 0.2
"""An idle timeout must tell all but so large a share of the rarer kind from the other."""
_SLACK = 0.01


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was seen of a pool that goes to zero.

    Attributes:
        came_late: requests that came alone, after more than SURELY_OFF_SECONDS.
        boot_median_seconds, boot_p95_seconds: waits of those that found every instance off; None
            where too few came late, or those who did waited for no boot: the pool is kept on.
        idle_seconds: bounds of the idle timeout by which it is told best who waited for a boot;
            None where too few did, or did not, or no timeout tells them apart.
    """

    came_late: int
    boot_median_seconds: float | None = None
    boot_p95_seconds: float | None = None
    idle_seconds: Estimate | None = None


def calibrate(alone: Sequence[tuple[float, float]]) -> Calibration:
    """Calibrate boots and idle timeout.

    Args:
        alone: for each request that came when nothing was at work, seconds since the last end of
            work, and seconds that it waited.
    """
    late = sorted(wait for gap, wait in alone if gap > SURELY_OFF_SECONDS)
    soon = sorted(wait for gap, wait in alone if gap <= SURELY_ON_SECONDS)
    least = BOOT_OVER_WARM * nearest(soon, 0.5) if soon else 0.0
    if len(late) < LEAST or nearest(late, 0.5) < max(SHORTEST_BOOT_SECONDS, least):
        return Calibration(len(late))
    cold_from = max(SHORTEST_BOOT_SECONDS, nearest(late, 0.05) / 2)
    idle = _find_idle([pair for pair in alone if 0 < pair[0] <= SURELY_OFF_SECONDS], cold_from)
    off_after = idle.high if idle else SURELY_OFF_SECONDS
    boots = sorted(wait for gap, wait in alone if gap > off_after)
    return Calibration(len(late), nearest(boots, 0.5), nearest(boots, 0.95), idle)


def _find_idle(alone: Sequence[tuple[float, float]], cold_from: float) -> Estimate | None:
    """Bounds of where warm gaps end and cold ones begin: nearly as few mistaken as possible."""
    warm = sorted(gap for gap, wait in alone if wait < cold_from)
    cold = sorted(gap for gap, wait in alone if wait >= cold_from)
    fewer = min(len(warm), len(cold))
    if fewer < LEAST:
        return None
    edges = sorted({*warm, *cold})
    mistaken = [bisect_left(cold, edge) + len(warm) - bisect_left(warm, edge) for edge in edges]
    if min(mistaken) > MOST_MISTAKEN * fewer:
        return None
    most = min(mistaken) + max(1, round(_SLACK * (len(warm) + len(cold))))
    fair = [edge for edge, wrong in zip(edges, mistaken, strict=True) if wrong <= most]
    return Estimate(fair[0], fair[-1])
