"""The few shapes that our charts are made of, as SVG text, and the axes that they lie on.

Rule of this file: colours are classes, which the page gives for light and dark; every text is
escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10

WIDTH = 760
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 16, 46
TICKS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to places.

    Attributes:
        low, high: the values at both ends.
        begin, end: their places; `begin` above `end` for an axis that points up.
        is_log: whether equal ratios take equal room; the low end is above 0 then.
    """

    low: float
    high: float
    begin: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies; one beyond an end lies at that end."""
        value = min(max(value, self.low), self.high)
        if self.high == self.low:
            return (self.begin + self.end) / 2
        if self.is_log:
            part = log10(value / self.low) / log10(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.begin + part * (self.end - self.begin)

    def ticks(self) -> tuple[float, ...]:
        """Round values along it.

        >>> Axis(0, 10, 0, 1).ticks()
        (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
        """
        if self.is_log:
            return self._decades()
        step = _round_step((self.high - self.low) / TICKS)
        first = ceil(self.low / step)
        return tuple(number * step for number in range(first, floor(self.high / step + 1e-9) + 1))

    def _decades(self) -> tuple[float, ...]:
        powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        factors = (1,) if self.high / self.low > 1000 else (1, 2, 5)
        marks = (factor * 10.0**power for power in powers for factor in factors)
        return tuple(mark for mark in marks if self.low <= mark <= self.high)


def rising(high: float, height: float) -> Axis:
    """An axis of amounts from nothing up to a little above the highest."""
    return Axis(0, high * 1.06 or 1.0, height - BOTTOM, TOP)


@dataclass(slots=True)
class Drawing:
    """A chart being drawn."""

    height: float
    shapes: list[str] = field(default_factory=list)

    def add(self, tag: str, look: str, **places: float) -> None:
        """Add a shape; names of places are written with hyphens."""
        given = " ".join(
            f'{name.replace("_", "-")}="{place:.1f}"' for name, place in places.items()
        )
        self.shapes.append(f'<{tag} class="{look}" {given}/>')

    def line(self, points: Sequence[tuple[float, float]], look: str) -> None:
        """Add a line through points."""
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.shapes.append(f'<polyline class="line {look}" points="{text}"/>')

    def area(self, points: Sequence[tuple[float, float]], look: str) -> None:
        """Add a filled shape."""
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.shapes.append(f'<polygon class="{look}" points="{text}"/>')

    def text(self, x: float, y: float, words: str, look: str = "label") -> None:
        """Add a text; `look` says how it is anchored."""
        self.shapes.append(
            f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(words, quote=False)}</text>'
        )

    def lines_across(self, axis: Axis, labels: Sequence[str]) -> None:
        """Add horizontal lines at the ticks of an upright axis."""
        for tick, label in zip(axis.ticks(), labels, strict=True):
            y = axis.place(tick)
            self.add("line", "rule", x1=LEFT, y1=y, x2=WIDTH - RIGHT, y2=y)
            self.text(LEFT - 6, y + 4, label, "label right")

    def marks_below(self, axis: Axis, labels: Sequence[str], title: str) -> None:
        """Add marks under a level axis, and what it measures."""
        bottom = self.height - BOTTOM
        for tick, label in zip(axis.ticks(), labels, strict=True):
            x = axis.place(tick)
            self.add("line", "rule", x1=x, y1=TOP, x2=x, y2=bottom)
            self.text(x, bottom + 16, label, "label middle")
        self.text((axis.begin + axis.end) / 2, bottom + 36, title, "label middle")

    def finish(self, name: str, title: str, description: str) -> str:
        """The SVG element, with its title and description for who cannot see it."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}" '
            f'role="img" aria-labelledby="{name}-title {name}-desc">'
            f'<title id="{name}-title">{escape(title, quote=False)}</title>'
            f'<desc id="{name}-desc">{escape(description, quote=False)}</desc>'
            f"{''.join(self.shapes)}</svg>"
        )


def _round_step(raw: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten."""
    if raw <= 0:
        return 1.0
    power = 10.0 ** floor(log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
