"""What a simulation refuses, each with the sentence that says what to do next.

PricingError
└── SimulationError
    ├── ImpossibleInput      a value that nothing can have: zero service time, min above max
    ├── Unstable             work comes faster than it can ever be done
    ├── TooLong              more instance time than is counted exactly
    ├── UnknownName          no offer, provider, GPU or autoscaler is called so
    ├── OfferRefused         an offer file with errors, all of them listed
    └── SimulatorMissing     numpy is not installed
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pricing.error import PricingError, suggest

if TYPE_CHECKING:
    from pricing.finding import Finding


class SimulationError(PricingError):
    """Something that the simulator refuses to answer."""


class ImpossibleInput(SimulationError):
    """A value that nothing can have."""

    def __init__(self, name: str, value: object, help_text: str) -> None:
        self.name, self.value = name, value
        super().__init__(f"{name} {value} is impossible", help_text)


class Unstable(SimulationError):
    """More work than the capacity can ever do."""

    def __init__(self, policy: str, load: float, capacity: int) -> None:
        self.policy, self.load, self.capacity = policy, load, capacity
        super().__init__(
            f"{policy}: {load:.2f} instances are busy all the time on average, and there are at "
            f"most {capacity}, so the queue grows for ever",
            f"give it {int(load) + 1} or more, or let requests overflow",
        )


class TooLong(SimulationError):
    """More instance time than the kernel counts exactly."""

    def __init__(self, hours: float) -> None:
        self.hours = hours
        super().__init__(
            f"{hours:,.0f} instance-hours are more than can be counted in nanoseconds",
            "ask for fewer days, less growth, fewer requests or policies of fewer instances",
        )


class UnknownName(SimulationError):
    """A name that stands for nothing here."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        from difflib import get_close_matches

        self.kind, self.name, self.known = kind, name, tuple(known)
        near = get_close_matches(name, known, n=2)
        super().__init__(f"unknown {kind} {name!r}", suggest(near, known))


class OfferRefused(SimulationError):
    """Offer files with errors in them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in findings))


class SimulatorMissing(SimulationError):
    """The library that a simulation reckons with is not there."""

    def __init__(self) -> None:
        super().__init__(
            "simulating needs numpy, which is not installed",
            "pip install 'replicate-costing[simulate]', or numpy alone, which is slower",
        )
