"""Which tier a record takes that does not show it: a model's default of a selector, over time.

The rule this file owns. A default holds from the `effective_from` of its file until a later file
says another; of two from one instant the later known counts. The first that is said of a selector
also holds before its date, unless it was announced ahead (its file known before it holds): what was
merely seen was so before anyone looked, what was announced changes nothing before its day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeAlias

from pricing.version import BookVersion

_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DefaultLine:
    """The defaults of one selector of one model, in order.

    Attributes:
        starts: first instant of each; the beginning of time for one that always held.
        values: the value from each of these instants on.
    """

    starts: tuple[datetime, ...]
    values: tuple[str, ...]

    def at(self, instant: datetime) -> str | None:
        """Find the default at an instant; None before the first."""
        position = bisect_right(self.starts, instant)
        return self.values[position - 1] if position else None

    @property
    def breakpoints(self) -> tuple[datetime, ...]:
        """The instants at which the default changes, but the beginning of time."""
        return tuple(start for start in self.starts if start != _ALWAYS)

    def laid_over(self, base: DefaultLine | None) -> DefaultLine:
        """Let another line hold until this one begins."""
        if base is None:
            return self
        kept = bisect_right(base.starts, self.starts[0])
        if kept and base.starts[kept - 1] == self.starts[0]:
            kept -= 1
        return DefaultLine(base.starts[:kept] + self.starts, base.values[:kept] + self.values)


ModelDefaults: TypeAlias = Mapping[str, DefaultLine]
"""By selector, the defaults of one model."""


def merge_defaults(
    versions: Iterable[BookVersion], base: Mapping[str, ModelDefaults]
) -> dict[str, ModelDefaults]:
    """Bring the defaults of all versions together, over those of the book built on.

    Args:
        versions: versions of one book, by instant of knowing.
        base: the defaults of the book that it builds on.
    """
    merged = {model: dict(lines) for model, lines in base.items()}
    for (model, selector), line in _own_lines(versions).items():
        lines = merged.setdefault(model, {})
        lines[selector] = line.laid_over(lines.get(selector))
    return {model: MappingProxyType(lines) for model, lines in merged.items()}


def _own_lines(versions: Iterable[BookVersion]) -> dict[tuple[str, str], DefaultLine]:
    stated: dict[tuple[str, str], list[tuple[BookVersion, str]]] = {}
    for version in versions:
        for model, when in version.defaults.items():
            for selector, value in when.items():
                stated.setdefault((model, selector), []).append((version, value))
    return {name: _line(statements) for name, statements in stated.items()}


def _line(statements: list[tuple[BookVersion, str]]) -> DefaultLine:
    """Order statements by instant; they come by instant of knowing, and so stay where equal."""
    ordered = sorted(statements, key=lambda one: one[0].effective_from)
    first = ordered[0][0]
    by_start = {version.effective_from: value for version, value in ordered}
    starts = tuple(by_start)
    if first.effective_from <= first.known_since:
        starts = (_ALWAYS, *starts[1:])
    return DefaultLine(starts, tuple(by_start.values()))
