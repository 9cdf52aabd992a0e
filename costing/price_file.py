"""Adding a version to the user's own price books: looked over first, never over another.

Rule of this file: a price is never edited. A version is written to `BOOK/VERSION.toml` in the
folder of own books only if lint finds no error in it beside the other versions of its book, and
only if no such file is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from costing.errors import CostingError, UsageError
from pricing.book_draft import Draft, draft_version, read_rate
from pricing.money import parse_decimal
from pricing.rate import Rate
from pricing.unit import SECOND
from pricing.version import BookVersion, Discount, VersionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A version of a book as a person words it.

    Attributes:
        book: name of the book, new or old.
        name: name of the version; None takes the day from which it holds.
        effective_from: first instant at which its prices hold.
        rates: prices as `pricing.book_draft.read_rate` reads them.
        source: where the prices were read.
        input_field: input that asks for the quantity of the rates by unit, where metrics lack it.
        input_factor: billed units for one of that input, as text; None is 1.
        builds_on: the book whose prices it takes and overrides.
        discount_percent: hundredths off the prices of that book, as text.
        corrects: the version whose prices were wrong; reason: why.
    """

    book: str
    name: str | None
    effective_from: datetime
    rates: tuple[str, ...]
    source: str
    input_field: str | None = None
    input_factor: str | None = None
    builds_on: str | None = None
    discount_percent: str | None = None
    corrects: str | None = None
    reason: str = ""
    note: str = ""


def add_version(new: NewVersion, books: Path | None, now: datetime, *, is_dry_run: bool) -> Draft:
    """Write a version, or with `is_dry_run` only look it over.

    Args:
        new: what it says.
        books: folder of own books, the setting of that name.
        now: since when the version is known, and when its source was seen.

    Raises:
        UsageError: no folder of own books is set, or the version is there already.
        PricingError: it says what makes no sense, or contradicts its book.
    """
    if books is None:
        raise UsageError(
            "no folder for your own price books is set",
            help="set `books` in costing.toml, or COSTING_BOOKS, to a folder",
        )
    version = _version(new, now)
    target = books / version.book / f"{version.version}.toml"
    if target.exists():
        raise UsageError(
            f"{version.reference} is there already, and a price is never edited",
            where=str(target),
            help="give the new version another name with --version, and say what it --corrects",
        )
    draft = draft_version(version, folders=(books,))
    if not is_dry_run:
        _write(target, draft.text)
    return draft


def _version(new: NewVersion, now: datetime) -> BookVersion:
    """The version in the terms of `pricing`."""
    name = new.name or f"{new.effective_from:%Y-%m-%d}"
    for part in (new.book, name):
        if not part or Path(part).name != part:
            raise UsageError(
                f'"{part}" cannot be the name of a book or version',
                help="write a name that a file may have, without /, such as acme or 2026-11-01",
            )
    return BookVersion(
        book=new.book,
        version=name,
        effective_from=new.effective_from,
        known_since=now.replace(microsecond=0),
        kind=VersionKind.CORRECTION if new.corrects else VersionKind.MOVE,
        rates=_rates(new),
        discounts=_discounts(new),
        corrects=new.corrects,
        reason=new.reason,
        source=new.source,
        checked_on=now.date(),
        note=new.note,
        builds_on=new.builds_on,
    )


def _rates(new: NewVersion) -> tuple[Rate, ...]:
    """The rates; those by unit know what asks for their quantity.

    Raises:
        UsageError: an input is named, and no rate is by unit; or a factor, and no input.
    """
    read = [read_rate(text) for text in new.rates]
    if new.input_factor is not None and new.input_field is None:
        raise UsageError("--input-factor needs --input-field", help="name the input that it is of")
    if new.input_field is not None and all(key.unit == SECOND for key, _ in read):
        raise UsageError(
            "--input-field is for prices by unit, and there is none",
            help="give a --rate such as OWNER/NAME:output_video_second=0.1",
        )
    factor = parse_decimal(new.input_factor, digits=18, scale=9) if new.input_factor else None
    return tuple(
        Rate(
            key,
            price,
            new.effective_from,
            input_field=None if key.unit == SECOND else new.input_field,
            input_factor=None if key.unit == SECOND else factor,
        )
        for key, price in read
    )


def _discounts(new: NewVersion) -> tuple[Discount, ...]:
    if new.discount_percent is None:
        return ()
    return (Discount(parse_decimal(new.discount_percent, digits=6, scale=4), new.effective_from),)


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CostingError(
            f"price file cannot be written: {error.strerror}", where=str(target)
        ) from error
