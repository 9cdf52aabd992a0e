"""Price books as rows of text for whoever shows them: the books, and what one of them says.

Rule of this file: prices are shown as their files say them, with all digits, never rounded. Every
front end shows these rows, so that the same question has the same answer.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from costing.settings import Settings
    from pricing.book import PriceBook, Rate, RateInterval
    from pricing.rate import RateKey

BOOK_TITLES = ("book", "versions", "latest", "last change", "checked on", "builds on", "from")
RATE_TITLES = ("name", "unit", "when", "price usd", "since", "until", "version", "published")
_UNKNOWN = "—"

Row = tuple[str, ...]


def book_rows(settings: Settings) -> list[Row]:
    """Every price book, shipped and own, in the columns of `BOOK_TITLES`."""
    from pricing.book import load_book
    from pricing.book_folder import find_books

    rows = []
    for files in find_books(settings.book_folders):
        book = load_book(files.name, folders=settings.book_folders)
        rows.append((*_summary(book), "shipped" if files.is_shipped else str(settings.books)))
    return rows


def rate_rows(settings: Settings, book: str, instant: datetime) -> list[Row]:
    """The prices that `BOOK` says at an instant, or all of one version, `BOOK@VERSION`.

    Raises:
        BookError: there is no such book or version, or it cannot be read.
    """
    from pricing.book import load_book

    name, _, version = book.partition("@")
    found = load_book(name, folders=settings.book_folders)
    if version:
        return [rate_row(rate) for rate in found.version(version).rates]
    return interval_rows(found.in_force(instant))


def interval_rows(intervals: Iterable[RateInterval]) -> list[Row]:
    """Rows of what holds, with the end where one is known."""
    return [
        rate_row(
            one.rate, one.starts_at, f"{one.ends_at:%Y-%m-%d %H:%M}" if one.ends_at else _UNKNOWN
        )
        for one in intervals
    ]


def rate_row(rate: Rate, since: datetime | None = None, until: str = _UNKNOWN) -> Row:
    """One price with all its digits; a withdrawal says so."""
    return (
        *key_cells(rate.key),
        "withdrawn" if rate.price_usd is None else f"{rate.price_usd:f}",
        f"{since or rate.effective_from:%Y-%m-%d %H:%M}",
        until,
        rate.reference,
        rate.published or _UNKNOWN,
    )


def key_cells(key: RateKey) -> tuple[str, str, str]:
    """Name, unit and tier of what is priced."""
    tier = " ".join(f"{selector}={condition}" for selector, condition in key.when)
    return key.name, key.unit, tier or _UNKNOWN


def named_rows(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, str]]:
    """Rows as objects for programs; their names have underscores for spaces."""
    names = [title.replace(" ", "_") for title in titles]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _summary(book: PriceBook) -> Row:
    """Name, number of versions, the one known last, last change and check, and base of a book."""
    changes = [version.last_change for version in book.versions]
    checks = [version.checked_on for version in book.versions if version.checked_on]
    last_change = f"{max(changes):%Y-%m-%d}" if changes else _UNKNOWN
    last_check = f"{max(checks)}" if checks else _UNKNOWN
    latest = book.versions[-1].version if book.versions else _UNKNOWN
    base = book.builds_on or _UNKNOWN
    return book.name, str(len(book.versions)), latest, last_change, last_check, base
