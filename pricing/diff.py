"""What differs between two books, or between a book and itself at another time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pricing.book import PriceBook, load_book
from pricing.price_change import price_percent, price_ratio
from pricing.rate import RateInterval, RateKey


@dataclass(frozen=True, slots=True)
class BookAt:
    """A book at one instant.

    Attributes:
        book: the book, as it was known.
        instant: the instant whose prices are meant.
    """

    book: PriceBook
    instant: datetime


@dataclass(frozen=True, slots=True)
class PriceDifference:
    """One key that is priced in at least one of two books.

    Attributes:
        price_a_usd, price_b_usd: price of one unit; None where the book has none.
        ratio: b divided by a, to 6 decimals; None where either is missing or a is zero.
        percent: change from a to b, in percent of a, to 2 decimals; None as for the ratio.
    """

    key: RateKey
    price_a_usd: Decimal | None
    price_b_usd: Decimal | None
    ratio: Decimal | None
    percent: Decimal | None

    @property
    def is_change(self) -> bool:
        """Whether the two prices differ, one missing included."""
        return self.price_a_usd != self.price_b_usd


def select_book(
    text: str,
    *,
    folders: Sequence[Path],
    instant: datetime,
    as_known_on: datetime | None = None,
) -> BookAt:
    """Find what `BOOK` or `BOOK@VERSION` stands for.

    A book alone stands for its prices at an instant. With a version it stands for the prices on
    the last instant at which that version sets one, as they were known when the version became
    known: so a correction and what it corrects can be told apart.

    Args:
        text: `BOOK` or `BOOK@VERSION`.
        folders: folders of books beside the shipped one.
        instant: the instant for a book without a version.
        as_known_on: what was known by then, for a book without a version; None means all.

    Raises:
        BookError: there is no such book or version, or it cannot be used.
    """
    name, at, version_name = text.partition("@")
    book = load_book(name, folders=folders, as_known_on=as_known_on)
    if not at:
        return BookAt(book, instant)
    version = book.version(version_name)
    then = load_book(name, folders=folders, as_known_on=version.known_since)
    return BookAt(then, version.last_change)


def diff_books(a: BookAt, b: BookAt) -> tuple[PriceDifference, ...]:
    """Compare the prices in force in two books, each at its instant.

    Returns:
        A row for each key priced in either, by kind, name, unit and tier; `is_change` tells the
        rows apart that differ.
    """
    in_a, in_b = _prices(a), _prices(b)
    keys = sorted(in_a.keys() | in_b.keys())
    return tuple(_difference(key, in_a.get(key), in_b.get(key)) for key in keys)


def _prices(at: BookAt) -> dict[RateKey, RateInterval]:
    return {interval.rate.key: interval for interval in at.book.in_force(at.instant)}


def _difference(
    key: RateKey, in_a: RateInterval | None, in_b: RateInterval | None
) -> PriceDifference:
    price_a = in_a.rate.price_usd if in_a else None
    price_b = in_b.rate.price_usd if in_b else None
    if price_a is None or price_b is None:
        return PriceDifference(key, price_a, price_b, None, None)
    ratio, percent = price_ratio(price_a, price_b), price_percent(price_a, price_b)
    return PriceDifference(key, price_a, price_b, ratio, percent)
