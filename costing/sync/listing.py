"""A list of Replicate's, read to where it is known already.

Rule of this file: a page and how far the list was read with it are kept together, so that whoever
is killed goes on behind the last page that was kept. An address of a next page is Replicate's to
refuse; then its window is asked for anew, from the oldest record that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from costing.replicate.error import (
    AddressRefused,
    AnswerUnexpected,
    RecordMissing,
    RequestRefused,
)
from costing.sync.lane import taken_in_turn
from costing.sync.reach import (
    MOST_BARREN_PAGES,
    MOST_PIECES,
    Reach,
    Span,
    Window,
    read_reach,
    wanted_span,
)
from costing.sync.result import Row, arrivals_of, created_instants, oldest_of, read_results
from pricing.usage import Kind

if TYPE_CHECKING:
    from costing.replicate.client import Client, Source
    from costing.replicate.error import ReplicateError
    from costing.replicate.page import Page
    from costing.sync.memory import Memory

WEB_DAYS = timedelta(days=14)
"""How far `source=web` reaches back: https://replicate.com/docs/reference/http#predictions.list"""

_NEXT_REFUSED = (RequestRefused, RecordMissing, AddressRefused)


@dataclass(frozen=True, slots=True)
class Listing:
    """One list.

    Attributes:
        cursor: the name under which it is kept how far the list was read.
        kind: what it lists.
        begin: the pages of a span, newest first.
        is_dated: whether `begin` can narrow the list to the span; else it begins at the newest.
        longest: how far back the list reaches at most; None for ever.
    """

    cursor: str
    kind: Kind
    begin: Callable[[Span], Iterator[Page]]
    is_dated: bool = True
    longest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What stands in place of a page whose address is refused."""

    error: ReplicateError


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a list; see `costing.sync.reach.wanted_span`."""

    since: datetime | None
    until: datetime | None
    now: datetime
    first: timedelta

    def span(self, reach: Reach, longest: timedelta | None) -> Span:
        """What is to be read of a list that was read so far."""
        span = wanted_span(reach, self.since, self.until, now=self.now, first=self.first)
        return span if longest is None else replace(span, since=max(span.since, self.now - longest))


@dataclass(frozen=True, slots=True)
class ListReader:
    """Reads lists.

    Attributes:
        take: told of the records of every page that was kept.
        hash_key: key of the hash of inputs; None keeps none.
    """

    client: Client
    memory: Memory
    take: Callable[[Kind, list[Row]], None]
    hash_key: bytes | None = None

    def read(self, listing: Listing, wish: Wish) -> None:
        """Read all that an earlier reading left of a list, and then what is wanted of it.

        Raises:
            ReplicateError: a page cannot be had; those before it are kept.
        """
        kept = self.memory.recall(listing.cursor)
        pieces = MOST_PIECES if listing.is_dated else 1
        reach = self._read_open(listing, Reach() if kept is None else read_reach(kept))
        reach = self._read_open(listing, reach.believed(wish.now, most_pieces=pieces))
        wanted = wish.span(reach, listing.longest)
        self._read_open(listing, reach.wanting(wanted, most_pieces=pieces))

    def _read_open(self, listing: Listing, reach: Reach) -> Reach:
        """Read all open windows to their ends."""
        refused: set[Span] = set()
        while reach.open:
            reach = self._read_together(listing, reach, refused)
        return reach

    def _read_together(self, listing: Listing, reach: Reach, refused: set[Span]) -> Reach:
        """Read the newest windows, side by side, to their ends or to a page that is refused.

        Args:
            refused: what was left of windows when their pages were refused; no window is begun
                anew twice at the same place.
        """
        windows = list(reach.open[-MOST_PIECES if listing.is_dated else -1 :])
        for place, page in self._fetched(listing, windows):
            window = windows[place]
            if isinstance(page, Refusal):
                if not window.next or window.left in refused:
                    raise page.error
                refused.add(window.left)
                reach = reach.after(window, window.anew())
                continue
            rows = read_results(page, listing.kind, self.hash_key)
            windows[place] = window.after(page.next or "", oldest_of(rows))
            reach = reach.after(window, windows[place])
            is_last = page.next is None or _is_before(rows, window.span.since)
            if is_last:
                reach = reach.closing(windows[place])
            self._keep(listing, reach, _within(rows, window.span))
            if is_last and not listing.is_dated:
                break
            if windows[place].barren_pages > MOST_BARREN_PAGES:
                raise AnswerUnexpected(page.address, "its pages have no end")
        return reach

    def _keep(self, listing: Listing, reach: Reach, rows: list[Row]) -> None:
        """Keep records, and how far the list was read with them."""
        self.memory.keep(arrivals_of(rows), {listing.cursor: reach.to_text()})
        self.take(listing.kind, rows)

    def _fetched(
        self, listing: Listing, windows: Sequence[Window]
    ) -> Iterator[tuple[int, Page | Refusal]]:
        """The pages of windows, each with its window's place.

        A list that cannot be narrowed is not fetched ahead, for it ends where we say.
        """
        lanes = [self._pages(listing, window) for window in windows]
        return taken_in_turn(lanes) if listing.is_dated else ((0, page) for page in lanes[0])

    def _pages(self, listing: Listing, window: Window) -> Iterator[Page | Refusal]:
        """The pages of a window from where it stands."""
        try:
            if window.next:
                yield from self.client.pages(window.next)
            else:
                yield from listing.begin(window.left)
        except _NEXT_REFUSED as error:
            yield Refusal(error)


def prediction_list(client: Client, prefix: str, source: Source | None) -> Listing:
    """The list of predictions, or of those that were made in one place."""

    def begin(span: Span) -> Iterator[Page]:
        return client.predictions(
            created_after=span.since, created_before=span.until, source=source
        )

    name = f"{prefix}/predictions"
    if source is None:
        return Listing(name, Kind.PREDICTION, begin)
    return Listing(f"{name}/{source.value}", Kind.PREDICTION, begin, longest=WEB_DAYS)


def training_list(client: Client, prefix: str) -> Listing:
    """The list of trainings, which cannot be narrowed."""
    return Listing(
        f"{prefix}/trainings", Kind.TRAINING, lambda _: client.trainings(), is_dated=False
    )


def _is_before(rows: list[Row], since: datetime) -> bool:
    """Whether all of a page was created before an instant, and says so."""
    instants = created_instants(rows)
    return bool(rows) and len(instants) == len(rows) and max(instants) < since


def _within(rows: list[Row], span: Span) -> list[Row]:
    """Those that were created in a span, and those of which it is not known."""
    return [
        row
        for row in rows
        if not (instants := created_instants([row])) or span.since <= instants[0] < span.until
    ]
