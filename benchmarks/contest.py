"""One row of the benchmarks: something of ours, what it is held against, and the bound.

Rule of this file: the bounds are promises to users; they are written here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median


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
    VERSION = ("`costing --version`", "ms", 120.0)
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
    """

    bound: Bound
    ours: str
    reference: str
    figure: float

    @property
    def is_met(self) -> bool:
        """Whether the bound holds."""
        return self.bound.most is None or self.figure <= self.bound.most

    def cells(self) -> tuple[str, ...]:
        """The row of the table: what, ours, reference, figure, bound, verdict."""
        is_ratio = self.bound.sign == "×"
        figure = f"{self.figure:.2f} ×" if is_ratio else f"{self.figure:.0f} ms"
        if self.bound.most is None:
            return (self.bound.what, self.ours, self.reference, figure, "", "")
        most = f"≤ {self.bound.most:g} {self.bound.sign}"
        verdict = "pass" if self.is_met else "MISS"
        return (self.bound.what, self.ours, self.reference, figure, most, verdict)


def compare_times(bound: Bound, ours: Sequence[float], reference: Sequence[float]) -> Outcome:
    """The row of two series of seconds: their medians and the ratio of those."""
    ours_seconds, reference_seconds = median(ours), median(reference)
    return Outcome(
        bound,
        f"{ours_seconds:.3f} s",
        f"{reference_seconds:.3f} s",
        ours_seconds / reference_seconds,
    )


def compare_memory(bound: Bound, ours: Sequence[int], reference: Sequence[int]) -> Outcome:
    """The row of two series of bytes: their medians and the ratio of those."""
    ours_bytes, reference_bytes = median(ours), median(reference)
    return Outcome(
        bound,
        f"{ours_bytes / 2**20:.0f} MiB",
        f"{reference_bytes / 2**20:.0f} MiB",
        ours_bytes / reference_bytes,
    )


def exceed(bound: Bound, ours: Sequence[float], reference: Sequence[float]) -> Outcome:
    """The row of a series of seconds that may exceed another by so many milliseconds."""
    ours_ms, reference_ms = median(ours) * 1000, median(reference) * 1000
    return Outcome(bound, f"{ours_ms:.0f} ms", f"{reference_ms:.0f} ms", ours_ms - reference_ms)


def limit(bound: Bound, ours: Sequence[float]) -> Outcome:
    """The row of a series of seconds that is limited by itself."""
    ours_ms = median(ours) * 1000
    return Outcome(bound, f"{ours_ms:.0f} ms", "", ours_ms)
