"""One row of the benchmarks: something of ours, what it is held against, and the bound.

Rule of this file: the bounds are promises to users; they are written here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from benchmarks.process import Measured


class Bound(Enum):
    """What is to be reached: what is compared, how it is written, and the most that it may be."""

    CLEAN_TIME = ("ingest of clean lines against `read_json`, time", "×", 1.6)
    CLEAN_TIME_TYPED = ("the same against `read_json` into the ledger's types, time", "×", 1.6)
    CLEAN_MEMORY = ("ingest of clean lines against `read_json`, peak memory", "×", 1.5)
    DAMAGED_TIME = ("ingest with 0.05 % damaged lines against `read_json`, time", "×", 2.5)
    DAMAGED_MEMORY = ("ingest with 0.05 % damaged lines, peak memory", "×", 1.5)
    AGAIN = ("ingesting the same file again against the first time", "×", 1.5)
    RATING = ("rating a year exactly, summed, against the same join in double", "×", 1.3)
    MONTH = ("a month's report over a year against the same grouping unpriced", "×", 2.5)
    MONTH_COLD = ("the same with terms compiled anew (no bound)", "×", None)
    WRITERS = (
        "two writers and a folder of the inbox against one writer of plain SQLite, time for as "
        "many durable commits",
        "×",
        3.3,
    )
    WEBHOOKS = (
        "signed webhooks, each durable before its answer, against the same server without that, "
        "time",
        "×",
        2.0,
    )
    SYNC = (
        "sync of 100,000 records against fetching the same pages and throwing them away, at "
        "Replicate's limit of 3,000 requests a minute, time",
        "×",
        2.0,
    )
    SYNC_UNLIMITED = (
        "the same from a server on this machine without any limit (no bound)",
        "×",
        None,
    )
    FORECAST = (
        "forecast of a month's total on its days 3 to 25 against the run-rate, mean error",
        "×",
        0.85,
    )
    FORECAST_NAIVE = ("the same against the week before, repeated (no bound)", "×", None)
    FORECAST_COVERAGE = (
        "its 80 % interval: how far what it held is from the middle of 75 to 90 %",
        "points",
        7.5,
    )
    FORECAST_TIME = ("one forecast with its interval, processor time (no bound)", "ms", None)
    SIMULATOR_FIXED = (
        "simulating M/M/8 at 85 % busy, fixed pool: needed 40 M requests a processor second over "
        "ours",
        "×",
        1.0,
    )
    SIMULATOR_SCALED = ("the same autoscaled: needed 20 M over ours", "×", 1.0)
    SIMULATOR_SIMPY = ("the same queue in SimPy: needed 250 times as fast over ours", "×", 1.0)
    SIMULATOR_CIW = ("the same queue in Ciw: needed 600 times as fast over ours", "×", 1.0)
    SIMULATOR_TWIN = ("the kernel as plain Python, M requests a processor second", "M/s", None)
    SIMULATOR_ANSWER = (
        "a month of 10,000 requests a day, nine policies, 40 replications, nothing compiled yet",
        "ms",
        10_000.0,
    )
    VERSION = ("`costing --version`", "ms", 120.0)
    BUDGETS = (
        "a thousand budgets evaluated over the year's ledger against one month's report, time",
        "×",
        3.0,
    )
    BUDGETS_FORECAST = ("the same with a forecast for each (no bound)", "×", None)
    IDLE_CHECK = (
        "an idle `costing budget check` above an empty Python that reads the state once",
        "ms",
        120.0,
    )
    REPORT = ("`costing report monthly` on the demo above an empty Python", "ms", 350.0)

    def __init__(self, what: str, sign: str, most: float | None) -> None:
        self.what = what
        self.sign = sign
        self.most = most


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one row came out.

    Attributes:
        bound: the row.
        ours: what we took, for people.
        reference: what the reference took, for people.
        figure: the ratio or the milliseconds that the bound limits.
        processor: the same figure of processor time, for people: other programs disturb it less.
    """

    bound: Bound
    ours: str
    reference: str
    figure: float
    processor: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the bound holds."""
        return self.bound.most is None or self.figure <= self.bound.most

    def cells(self) -> tuple[str, ...]:
        """The row of the table, in the order of `TITLES`."""
        is_ratio = self.bound.sign == "×"
        figure = f"{self.figure:.2f} ×" if is_ratio else f"{self.figure:.0f} {self.bound.sign}"
        row = (self.bound.what, self.ours, self.reference, self.processor, figure)
        if self.bound.most is None:
            return (*row, "", "")
        verdict = "pass" if self.is_met else "MISS"
        return (*row, f"≤ {self.bound.most:g} {self.bound.sign}", verdict)


TITLES = ("what", "ours", "reference", "processor", "figure", "bound", "verdict")
"""Columns of the table; `processor` is the figure as processor times give it."""


def compare_times(bound: Bound, ours: Sequence[Measured], reference: Sequence[Measured]) -> Outcome:
    """The row of two series of measurements: the medians of their times and the ratio of those."""
    ours_seconds, reference_seconds = _seconds(ours), _seconds(reference)
    return Outcome(
        bound,
        f"{ours_seconds:.3f} s",
        f"{reference_seconds:.3f} s",
        ours_seconds / reference_seconds,
        f"{_processor_seconds(ours) / _processor_seconds(reference):.2f} ×",
    )


def compare_memory(
    bound: Bound, ours: Sequence[Measured], reference: Sequence[Measured]
) -> Outcome:
    """The row of two series of measurements: the medians of their peaks of memory."""
    ours_bytes = median(one.peak_bytes for one in ours)
    reference_bytes = median(one.peak_bytes for one in reference)
    return Outcome(
        bound,
        f"{ours_bytes / 2**20:.0f} MiB",
        f"{reference_bytes / 2**20:.0f} MiB",
        ours_bytes / reference_bytes,
    )


def exceed(bound: Bound, ours: Sequence[Measured], reference: Sequence[Measured]) -> Outcome:
    """The row of something that may take so many milliseconds more than something else."""
    ours_ms, reference_ms = _seconds(ours) * 1000, _seconds(reference) * 1000
    processor_ms = (_processor_seconds(ours) - _processor_seconds(reference)) * 1000
    figure = ours_ms - reference_ms
    return Outcome(
        bound, f"{ours_ms:.0f} ms", f"{reference_ms:.0f} ms", figure, f"{processor_ms:.0f} ms"
    )


def limit(bound: Bound, ours: Sequence[Measured]) -> Outcome:
    """The row of something that may take so many milliseconds."""
    ours_ms = _seconds(ours) * 1000
    processor_ms = _processor_seconds(ours) * 1000
    return Outcome(bound, f"{ours_ms:.0f} ms", "", ours_ms, f"{processor_ms:.0f} ms")


def _seconds(series: Sequence[Measured]) -> float:
    return median(one.seconds for one in series)


def _processor_seconds(series: Sequence[Measured]) -> float:
    return median(one.processor_seconds for one in series)
