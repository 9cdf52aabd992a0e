"""How far a list was read: whatever interrupts, all of it is read in the end, and hardly twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.sync.reach import Reach, Span, Window, read_reach, wanted_span

ORIGIN = datetime(2026, 10, 1, tzinfo=UTC)
PAGE = 3


def at(hours: float) -> datetime:
    return ORIGIN + timedelta(hours=hours)


def span(since: float, until: float) -> Span:
    return Span(at(since), at(until))


def done(*spans: Span) -> Reach:
    return Reach(complete=spans)


def opened(reach: Reach) -> list[Span]:
    return [window.span for window in reach.open]


def want(reach: Reach, now: float, since: float | None = None, until: float | None = None) -> Span:
    return wanted_span(
        reach,
        None if since is None else at(since),
        None if until is None else at(until),
        now=at(now),
        first=timedelta(hours=90),
    )


@pytest.mark.parametrize(
    ("reach", "since", "until", "expected"),
    [
        pytest.param(Reach(), None, None, span(10, 100), id="the first time by default"),
        pytest.param(Reach(), 40, None, span(40, 100), id="the first time as it is told"),
        pytest.param(done(span(0, 50)), None, None, span(49, 100), id="goes on with an overlap"),
        pytest.param(done(span(9, 50)), 2, None, span(2, 100), id="further back than before"),
        pytest.param(done(span(0, 50)), 90, None, span(49, 100), id="makes no gap"),
        pytest.param(done(span(0, 50)), 70, 80, span(70, 80), id="unless it is told to"),
        pytest.param(done(span(0, 50)), 70, 200, span(70, 100), id="never what is not made yet"),
    ],
)
def test_what_is_wanted(
    reach: Reach, since: float | None, until: float | None, expected: Span
) -> None:
    assert want(reach, 100, since, until) == expected


@pytest.mark.parametrize(
    ("reach", "complete", "windows"),
    [
        pytest.param(done(span(0, 99)), [span(0, 99)], [], id="read before now"),
        pytest.param(done(span(0, 101)), [span(0, 101)], [], id="within the overlap"),
        pytest.param(done(span(0, 102)), [], [span(0, 100)], id="by a clock that was ahead"),
        pytest.param(
            done(span(0, 9), span(90, 999)), [span(0, 9)], [span(90, 100)], id="that one alone"
        ),
        pytest.param(done(span(200, 999)), [], [], id="all of it in the future"),
    ],
)
def test_what_is_believed_of_what_counts_as_read(
    reach: Reach, complete: list[Span], windows: list[Span]
) -> None:
    believed = reach.believed(at(100), most_pieces=1)

    assert (list(believed.complete), opened(believed)) == (complete, windows)


def test_a_list_that_gets_no_older_is_barren() -> None:
    window = Window(span(0, 9)).after("2", at(5))

    same, older = window.after("3", at(5)).after("4", None), window.after("3", at(4))

    assert (window.barren_pages, same.barren_pages, older.barren_pages) == (0, 2, 0)


def test_a_list_begun_anew_is_not_barren_before_it_is_where_it_was() -> None:
    window = Window(span(0, 9)).after("2", at(5)).after("3", at(4)).anew()

    again = window.after("2", at(6)).after("3", at(5))

    assert (again.reached, again.barren_pages) == (at(4), 0)


@pytest.mark.parametrize(
    ("reach", "wanted", "expected"),
    [
        pytest.param(Reach(), span(0, 9), [span(0, 9)], id="all of it"),
        pytest.param(done(span(3, 6)), span(0, 9), [span(0, 3), span(5, 9)], id="on both sides"),
        pytest.param(done(span(0, 9)), span(2, 5), [], id="nothing"),
        pytest.param(done(span(0, 9)), span(2, 9), [span(8, 9)], id="the overlap"),
    ],
)
def test_windows_are_opened_for_what_is_missing(
    reach: Reach, wanted: Span, expected: list[Span]
) -> None:
    assert opened(reach.wanting(wanted)) == expected


def test_a_long_gap_is_cut_into_pieces_that_tile_it() -> None:
    pieces = opened(Reach().wanting(span(0, 24 * 90)))

    assert len(pieces) == 16
    assert pieces[0].since == at(0)
    assert pieces[-1].until == at(24 * 90)
    assert all(one.until == other.since for one, other in pairwise(pieces))


def test_windows_that_were_read_become_one_span() -> None:
    reach = Reach().wanting(span(0, 24 * 90))
    for window in reach.open:
        reach = reach.closing(window)

    assert reach == done(span(0, 24 * 90))


def test_a_cursor_keeps_it_all() -> None:
    reach = done(span(0, 1), span(2, 3)).wanting(span(0, 80))
    window = reach.open[-1]
    reach = reach.after(window, window.after("https://x/?cursor=b", at(70.5)))

    assert read_reach(reach.to_text()) == reach


rounds = st.lists(
    st.tuples(
        st.lists(st.integers(0, 60), max_size=12),  # When records are made, hours before now.
        st.integers(1, 60),  # Hours that pass.
        st.integers(0, 12),  # Pages that are read before something ends the reading.
        st.booleans(),  # Whether cursors have expired meanwhile.
    ),
    max_size=6,
)


@given(rounds)
def test_interruptions_lose_nothing(
    given_rounds: list[tuple[list[int], int, int, bool]],
) -> None:
    made, read = set[datetime](), set[datetime]()
    now, reach = 200, Reach()
    for hours, passed, pages, is_expired in [*given_rounds, ([], 1, 10_000, False)]:
        fresh = {at(now + passed - hour) for hour in hours if hour < passed}
        made |= fresh
        now += passed
        reach = read_pages(reach, made, read, pages, is_expired=is_expired)
        if not reach.open:
            reach = reach.wanting(want(reach, now))
            reach = read_pages(reach, made, read, pages, is_expired=is_expired)

    assert read == made
    assert not reach.open


def read_pages(
    reach: Reach, made: set[datetime], read: set[datetime], pages: int, *, is_expired: bool
) -> Reach:
    """Read so many pages of a list, newest window first; `next` counts what was read of one."""
    for _ in range(pages):
        if not reach.open:
            break
        window = reach.open[-1]
        place = int(window.next or 0) if not is_expired else 0
        within = window.left if is_expired or not window.next else window.span
        listed = sorted((one for one in made if within.since <= one < within.until), reverse=True)
        page = listed[place : place + PAGE]
        read |= set(page)
        if place + PAGE >= len(listed):
            reach = reach.closing(window)
        else:
            reach = reach.after(window, window.after(str(place + PAGE), page[-1]))
    return reach
