"""What a demand asks of its servers: the numbers that decide before any policy does.

The rule this file owns: they are reckoned from the very requests that are simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricing.simulator.demand import DAY, HOUR, MINUTE, Trace
from pricing.simulator.duration import SECOND

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Load:
    """Demand in numbers.

    Attributes:
        requests: in the period.
        days: length of the period.
        mean_seconds: mean run time.
        offered: instances busy on average (Erlang).
        offered_peak: the same in the busiest hour.
        service_scv: squared coefficient of variation of run times.
        dispersion_minute, dispersion_hour: variance over mean of the count in windows of 60 s and
            3,600 s; 1 for plain Poisson. Rhythms of day and week are in it.
        by_hour: offered load of each hour of the week, from the begin of the period on.
    """

    requests: int
    days: float
    mean_seconds: float
    offered: float
    offered_peak: float
    service_scv: float
    dispersion_minute: float
    dispersion_hour: float
    by_hour: tuple[float, ...]


def measure_load(trace: Trace) -> Load:
    """Measure the requests of one period; all zeros where there are none."""
    import numpy as np

    seconds = trace.services / SECOND
    work = np.bincount(trace.arrivals // HOUR, seconds, -(-trace.period // HOUR)) / 3600
    mean = float(seconds.mean()) if len(seconds) else 0.0
    week = [float(work[hour::168].mean()) for hour in range(min(168, len(work)))]
    return Load(
        requests=len(seconds),
        days=trace.period / DAY,
        mean_seconds=mean,
        offered=float(seconds.sum()) * SECOND / trace.period,
        offered_peak=float(work.max()),
        service_scv=float(seconds.var()) / mean**2 if mean else 0.0,
        dispersion_minute=_dispersion(trace, MINUTE),
        dispersion_hour=_dispersion(trace, HOUR),
        by_hour=tuple(week),
    )


def _dispersion(trace: Trace, window: int) -> float:
    import numpy as np

    counts: NDArray[np.int64] = np.bincount(
        trace.arrivals // window, minlength=-(-trace.period // window)
    )
    mean = float(counts.mean())
    return float(counts.var()) / mean if mean else 0.0
