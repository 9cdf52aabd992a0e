"""A number that is known only within bounds: everything that nobody documented is one of these.

The rule this file owns: between its bounds each *ratio* is as likely, so that half and double weigh
the same, and the middle is the geometric mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from pricing.simulator.error import ImpossibleInput


@dataclass(frozen=True, slots=True)
class Estimate:
    """A positive number between two bounds, both included.

    Raises:
        ImpossibleInput: a bound is not positive, or the lower is above the upper.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high < float("inf"):
            text = f"{self.low:g} to {self.high:g}"
            raise ImpossibleInput("range", text, "give two positive numbers, the lower first")

    @property
    def is_certain(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    @property
    def middle(self) -> float:
        """The geometric mean of its bounds."""
        return self.at(0.5)

    def at(self, share: float) -> float:
        """The number below which a share of it lies, from 0 to 1.

        >>> Estimate(1, 4).at(0.5)
        2.0
        """
        return self.low if self.is_certain else self.low * (self.high / self.low) ** share


def exactly(number: float) -> Estimate:
    """A number that is known."""
    return Estimate(number, number)


def within(number: float, factor: float) -> Estimate:
    """A number known up to a factor in either direction."""
    return Estimate(number / factor, number * factor)


CERTAIN = exactly(1.0)
"""A factor that changes nothing."""
