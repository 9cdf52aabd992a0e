"""What is wrong with prices over time: said twice, lost without a withdrawal, suddenly changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pricing.book import PriceBook
from pricing.error import place_of
from pricing.finding import Finding, Severity, about_rate, about_version
from pricing.price_change import question_change
from pricing.rate import Rate, RateInterval, RateSubject
from pricing.timeline import Settlement, Timeline
from pricing.version import BookVersion, VersionKind

_LOOK_AGAIN = "look at the source again"


def lint_history(versions: Sequence[BookVersion], settled: Settlement) -> Iterator[Finding]:
    """Check what the versions of a book say together over time.

    Args:
        versions: all versions of the book.
        settled: their statements, brought together.
    """
    yield from _lint_contradictions(settled)
    yield from _lint_corrections(versions, settled)
    for version in versions:
        if version.is_complete:
            yield from _lint_gaps(version, settled)
    for rates in settled.statements.values():
        yield from _lint_sequence(rates)


def _lint_contradictions(settled: Settlement) -> Iterator[Finding]:
    for first, second in settled.contradictions:
        older, newer = sorted((first, second), key=_order_of_knowing)
        message = f"priced from {show_instant(newer.effective_from)} by {place_of(older)} too"
        help_text = "make it a correction of that version, or give it its own instant"
        yield about_rate(Severity.ERROR, newer, message, help_text)


def _order_of_knowing(rate: Rate) -> tuple[datetime, int]:
    return rate.known_since or datetime.min.replace(tzinfo=UTC), rate.line


def _lint_corrections(versions: Sequence[BookVersion], settled: Settlement) -> Iterator[Finding]:
    for version, rate in settled.unmatched:
        instant = show_instant(rate.replaces_from or rate.effective_from)
        message = f"version {version.corrects!r} says nothing of it from {instant}"
        help_text = "name the version and instant to correct (replaces_from), or write a move"
        yield about_rate(Severity.ERROR, rate, message, help_text)
    for old, new in settled.replaced:
        yield from _lint_change(old, new, "the corrected price")
    known_since = {version.version: version.known_since for version in versions}
    for version in versions:
        corrected_since = known_since.get(version.corrects or "", version.known_since)
        if version.kind is VersionKind.CORRECTION and version.known_since < corrected_since:
            message = f"known before version {version.corrects!r}, which it corrects"
            help_text = "set known_since to when the mistake was found"
            yield about_version(Severity.ERROR, version, message, help_text)


def _lint_gaps(version: BookVersion, settled: Settlement) -> Iterator[Finding]:
    """Find hardware that a complete list leaves out, though it was sold until then."""
    named = {rate.key for rate in version.rates}
    for key, rates in settled.statements.items():
        if key.subject_kind is RateSubject.SKU and key not in named:
            earlier = [rate for rate in rates if rate.effective_from < version.effective_from]
            if earlier and not earlier[-1].is_withdrawn:
                message = f"{key.name} was sold until {show_instant(version.effective_from)}"
                help_text = "give its price, or write withdrawn = true"
                yield about_version(Severity.ERROR, version, message, help_text)


def _lint_sequence(rates: Sequence[Rate]) -> Iterator[Finding]:
    """Compare each statement with the one before it."""
    earlier: Rate | None = None
    for rate in rates:
        if earlier is not None:
            since = show_instant(earlier.effective_from)
            yield from _lint_change(earlier, rate, f"the price from {since},")
        if rate.is_withdrawn and (earlier is None or earlier.is_withdrawn):
            message = "no price of this book was in force to withdraw"
            help_text = "remove the withdrawal, or add the price that it ends"
            yield about_rate(Severity.QUESTION, rate, message, help_text)
        earlier = rate


def _lint_change(old: Rate, new: Rate, what: str) -> Iterator[Finding]:
    question = question_change(old.price_usd, new.price_usd, what)
    if question is not None:
        yield about_rate(Severity.QUESTION, new, question, _LOOK_AGAIN)


def question_against(book: PriceBook, other: PriceBook) -> Iterator[Finding]:
    """Ask about prices that differ from another book's of the same instant as a mistake would.

    Each price is asked about once, when it first differs so much. Where the other book had
    withdrawn its price by then, its last one is taken.
    """
    for key, timeline in book.timelines.items():
        theirs = other.timelines.get(key)
        if theirs is not None:
            yield from _question_key(timeline, theirs)


def _question_key(timeline: Timeline, theirs: Timeline) -> Iterator[Finding]:
    asked: set[RateInterval] = set()
    for instant in sorted({*timeline.starts, *theirs.starts}):
        ours, listed = timeline.priced_at(instant), _last_price(theirs, instant)
        if ours is None or listed is None or ours in asked:
            continue
        for finding in _lint_change(listed, ours.rate, f"that of {listed.reference},"):
            asked.add(ours)
            yield finding


def _last_price(timeline: Timeline, instant: datetime) -> Rate | None:
    found = None
    for interval in timeline.intervals:
        if interval.starts_at <= instant and not interval.is_withdrawn:
            found = interval.rate
    return found


def show_instant(instant: datetime) -> str:
    """Write an instant in UTC, a midnight as its day alone.

    >>> show_instant(datetime(2026, 1, 31, tzinfo=UTC))
    '2026-01-31'
    """
    return instant.isoformat().replace("+00:00", "Z").removesuffix("T00:00:00Z")
