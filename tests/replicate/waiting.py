"""A clock that only waiting moves, so that no test waits."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Waiting:
    """Give `wait` and `clock` to what has to wait; `waits` tells what was waited."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds

    def clock(self) -> float:
        return self.seconds
