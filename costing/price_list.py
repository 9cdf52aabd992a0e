"""Price books as rows for whoever shows them: the books, and what one of them says.

Rule of this file: prices are shown as their files say them, with all digits, never rounded. Every
front end shows these rows, so that the same question has the same answer: programs get them from
`named_rows`, people from `shown_rows`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from costing.settings import Settings
    from pricing.book import PriceBook, Rate, RateInterval
    from pricing.rate import RateKey

BOOK_TITLES = ("book", "versions", "latest", "last change", "checked on", "builds on", "from")
RATE_TITLES = ("name", "unit", "when", "price usd", "since", "until", "version", "published")
_PRICE_TITLE = "price usd"
_UNKNOWN = "—"

Cell = str | int | date | datetime | None
"""A price is text, so that no digit is lost; None is unknown, and as a price withdrawn."""

Row = tuple[Cell, ...]


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
    return [rate_row(one.rate, one.starts_at, one.ends_at) for one in intervals]


def rate_row(rate: Rate, since: datetime | None = None, until: datetime | None = None) -> Row:
    """One price with all its digits; None for what is not sold any more."""
    return (
        *key_cells(rate.key),
        None if rate.price_usd is None else f"{rate.price_usd:f}",
        since or rate.effective_from,
        until,
        rate.reference,
        rate.published or None,
    )


def key_cells(key: RateKey) -> tuple[str, str, str | None]:
    """Name, unit and tier of what is priced."""
    tier = " ".join(f"{selector}={condition}" for selector, condition in key.when)
    return key.name, key.unit, tier or None


def named_rows(
    titles: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> list[dict[str, str | int | None]]:
    """Rows as objects for programs: names have underscores for spaces, instants are RFC 3339."""
    names = [title.replace(" ", "_") for title in titles]
    return [dict(zip(names, map(_exact, row), strict=True)) for row in rows]


def shown_rows(titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> list[list[str]]:
    """Rows as people read them: instants in UTC to the minute, and a sign for what is unknown."""
    return [[_shown(title, cell) for title, cell in zip(titles, row, strict=True)] for row in rows]


def _exact(cell: Cell) -> str | int | None:
    from reports.formats.exact import instant_text

    match cell:
        case None | str() | int():
            return cell
        case datetime():
            return instant_text(cell)
        case date():
            return cell.isoformat()
        case _:
            assert_never(cell)


def _shown(title: str, cell: Cell) -> str:
    if cell is None:
        return "withdrawn" if title == _PRICE_TITLE else _UNKNOWN
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)


def _summary(book: PriceBook) -> Row:
    """Name, number of versions, the one known last, last change and check, and base of a book."""
    changes = [version.last_change for version in book.versions]
    checks = [version.checked_on for version in book.versions if version.checked_on]
    last_change = max(changes).date() if changes else None
    latest = book.versions[-1].version if book.versions else None
    last_check = max(checks, default=None)
    return book.name, len(book.versions), latest, last_change, last_check, book.builds_on or None
