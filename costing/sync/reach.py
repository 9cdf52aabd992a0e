"""How far a list was read: which spans of time are complete, and which are being read.

Rule of this file: pure. A list comes newest first, so a reader that was interrupted leaves a gap
between what it had and what it had before; the gap stays an open window until it is read to its
end. So an instant is complete, or in a window, or was never asked for, and nothing is forgotten.
New windows are opened when there are none, so that a reader that is killed again and again does not
read the overlap again and again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

OVERLAP = timedelta(hours=1)
"""How much of what is complete is read again: records may be listed late, and clocks differ."""

SHORTEST_PIECE = timedelta(days=1)
MOST_PIECES = 16
"""Pages of one window follow each other; so many windows are read at the same time, since it is
Replicate's limit of requests that shall pace a backfill, and not the time that an answer takes."""

MOST_BARREN_PAGES = 100
"""A list comes newest first; one that gets no older for so many pages has no end."""

_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The instants of creation [since, until), aware UTC."""

    since: datetime
    until: datetime

    @property
    def is_empty(self) -> bool:
        """Whether no instant lies in it."""
        return self.since >= self.until


@dataclass(frozen=True, slots=True)
class Window:
    """A span that is being read, from its end to its beginning.

    Attributes:
        span: all of it.
        next: address of the page that follows, '' where reading begins.
        reached: the oldest instant of creation that was read; None before the first.
        oldest: the oldest instant since it was begun, or begun anew; not kept.
        barren_pages: how many pages in a row since then brought nothing older; not kept.
    """

    span: Span
    next: str = ""
    reached: datetime | None = None
    oldest: datetime | None = field(default=None, compare=False)
    barren_pages: int = field(default=0, compare=False)

    @property
    def left(self) -> Span:
        """What is left to be read if `next` is of no use; the oldest record is read again."""
        reached = self.reached
        until = self.span.until if reached is None else min(self.span.until, reached + _STEP)
        return Span(self.span.since, until)

    def after(self, following: str, oldest: datetime | None) -> Window:
        """The window when one more page was read."""
        lately = _older(self.oldest, oldest)
        return replace(
            self,
            next=following,
            reached=_older(self.reached, oldest),
            oldest=lately,
            barren_pages=self.barren_pages + 1 if lately == self.oldest else 0,
        )

    def anew(self) -> Window:
        """The window to be asked for from its beginning, which some lists only have as a whole."""
        return replace(self, next="", oldest=None, barren_pages=0)


def _older(one: datetime | None, other: datetime | None) -> datetime | None:
    """The older of two instants, of which either may be missing."""
    return min((instant for instant in (one, other) if instant is not None), default=None)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one list was read.

    Attributes:
        complete: spans that were read to their ends, ascending; none touches another.
        open: windows that are being read, ascending.
    """

    complete: tuple[Span, ...] = ()
    open: tuple[Window, ...] = ()

    @property
    def newest(self) -> datetime | None:
        """The end of what is complete; None before the first time."""
        return max((span.until for span in self.complete), default=None)

    def wanting(self, wanted: Span, *, most_pieces: int = MOST_PIECES) -> Reach:
        """The same with windows for all of a span that is not complete; none must be open.

        Args:
            most_pieces: windows that a long gap is cut into, 1 or more.
        """
        trusted = [Span(span.since, span.until - OVERLAP) for span in self.complete]
        missing = _without(wanted, trusted)
        pieces = [piece for span in missing for piece in _pieces(span, most_pieces)]
        return replace(self, open=tuple(map(Window, pieces)))

    def believed(self, now: datetime, *, most_pieces: int = MOST_PIECES) -> Reach:
        """The same, but that what a clock that was ahead called complete is read again.

        Such a span ends in the future. When it was read nobody knows, so all of it up to now is to
        be read: too much, but nothing is missed. None must be open.
        """
        doubted = [span for span in self.complete if span.until > now + OVERLAP]
        complete = tuple(span for span in self.complete if span not in doubted)
        gaps = [gap for one in doubted if not (gap := Span(one.since, now)).is_empty]
        pieces = [piece for gap in gaps for piece in _pieces(gap, most_pieces)]
        return replace(self, complete=complete, open=tuple(map(Window, pieces)))

    def after(self, before: Window, now: Window) -> Reach:
        """The same when a window has come further."""
        windows = tuple(now if window is before else window for window in self.open)
        return replace(self, open=windows)

    def closing(self, done: Window) -> Reach:
        """The same when a window was read to its end."""
        windows = tuple(window for window in self.open if window is not done)
        return Reach(tuple(_joined([*self.complete, done.span])), windows)

    def to_text(self) -> str:
        """The reach as a cursor keeps it."""
        return json.dumps(
            {
                "complete": [_texts(span) for span in self.complete],
                "open": [
                    {
                        "span": _texts(window.span),
                        "next": window.next,
                        "reached": window.reached and window.reached.isoformat(),
                    }
                    for window in self.open
                ],
            }
        )


def read_reach(text: str) -> Reach:
    """The reach that `Reach.to_text` wrote."""
    kept = json.loads(text)
    return Reach(
        tuple(_span(texts) for texts in kept["complete"]),
        tuple(
            Window(
                _span(one["span"]),
                one["next"],
                one["reached"] and datetime.fromisoformat(one["reached"]),
            )
            for one in kept["open"]
        ),
    )


def wanted_span(
    reach: Reach, since: datetime | None, until: datetime | None, *, now: datetime, first: timedelta
) -> Span:
    """What is to be read this time.

    Without `until` a `since` that is later than what was ever asked for begins there all the same:
    a gap that nobody would fill any more is never made. Nor is anything after now wanted: what is
    not made yet would count as read.

    Args:
        reach: what was read before.
        since: from when on; None goes on from there, or from `first` before now.
        until: up to when, at most now; None is now.
        first: how far the first reading goes back.
    """
    newest = reach.newest
    begins_at = since or (newest - OVERLAP if newest else now - first)
    if until is None and newest is not None:
        begins_at = min(begins_at, newest - OVERLAP)
    return Span(begins_at, now if until is None else min(until, now))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same instants as spans of which none touches another, ascending."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.since <= joined[-1].until:
            joined[-1] = Span(joined[-1].since, max(joined[-1].until, span.until))
        else:
            joined.append(span)
    return joined


def _without(span: Span, known: Iterable[Span]) -> Iterator[Span]:
    """What of a span is in none of the others, which ascend."""
    begins_at = span.since
    for other in known:
        if other.is_empty or other.until <= begins_at:
            continue
        gap = Span(begins_at, min(other.since, span.until))
        if not gap.is_empty:
            yield gap
        begins_at = other.until
    rest = Span(begins_at, span.until)
    if not rest.is_empty:
        yield rest


def _pieces(span: Span, most: int) -> Iterator[Span]:
    """A long span in pieces that can be read at the same time."""
    length = span.until - span.since
    count = max(1, min(most, length // SHORTEST_PIECE))
    edges = [span.since + length * number / count for number in range(count)]
    for since, until in zip(edges, [*edges[1:], span.until], strict=True):
        yield Span(since, until)


def _texts(span: Span) -> list[str]:
    return [span.since.isoformat(), span.until.isoformat()]


def _span(texts: list[str]) -> Span:
    since, until = map(datetime.fromisoformat, texts)
    return Span(since, until)
