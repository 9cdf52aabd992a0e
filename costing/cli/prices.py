"""`costing prices`: look at price books, compare them, check them, add to them.

Rule of this file: prices are shown as their files say them, with all digits, never rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli import price_files
from costing.cli.help import add_command, new_group
from costing.cli.invocation import invocation_of
from costing.cli.price_row import instant_of, write_rows
from costing.cli.shape import Shape, ShapeOption
from costing.errors import NotFound
from costing.price_list import BOOK_TITLES, RATE_TITLES, book_rows, interval_rows, rate_rows

if TYPE_CHECKING:
    from costing.price_list import Row
    from costing.settings import Settings
    from pricing.book import BookVersion, PriceBook

LIST_EXAMPLES = """
costing prices list
costing prices list replicate
"""
SHOW_EXAMPLES = """
costing prices show replicate
costing prices show api-map --at 2026-10-01
costing prices show replicate@2023-07-31
"""
AT_EXAMPLES = """
costing prices at gpu-t4 2023-11-01
costing prices at black-forest-labs/flux-schnell 2026-01-15
costing prices at "Nvidia A100 (80GB) GPU" 2026-03-29T12:00:00Z --book api-map
"""
VERSION_TITLES = ("version", "kind", "effective from", "known since", "checked on", "source")

BookOption = Annotated[
    str | None, typer.Option("--book", metavar="BOOK", help="Price book, if not the default one.")
]


def register(application: typer.Typer) -> None:
    """Add the group to the command line."""
    group = new_group("Look at price books, compare and check them.", examples=SHOW_EXAMPLES)
    add_command(group, "list", list_books, LIST_EXAMPLES)
    add_command(group, "show", show, SHOW_EXAMPLES)
    add_command(group, "at", at, AT_EXAMPLES)
    price_files.register(group)
    application.add_typer(group, name="prices")


def list_books(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="BOOK", help="List the versions of this book.")
    ] = None,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """List the price books, shipped and own; or the versions of one."""
    settings = invocation_of(context).settings()
    if name is not None:
        versions = _load(settings, name).versions
        write_rows(VERSION_TITLES, [_version_row(version) for version in versions], shape)
        return
    write_rows(BOOK_TITLES, book_rows(settings), shape, right=["versions"])


def show(
    context: typer.Context,
    book: Annotated[str, typer.Argument(metavar="BOOK[@VERSION]", help="Book, or one version.")],
    at: Annotated[
        str | None, typer.Option("--at", metavar="DAY", help="Prices in force then; now if not.")
    ] = None,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """Show the prices of a book in force at an instant, or all that one version says."""
    invocation = invocation_of(context)
    settings = invocation.settings()
    instant = instant_of(at, settings, invocation.clock())
    write_rows(RATE_TITLES, rate_rows(settings, book, instant), shape)


def at(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SKU|MODEL", help="Hardware or owner/model.")],
    instant: Annotated[str, typer.Argument(metavar="INSTANT", help="Day or instant.")],
    book: BookOption = None,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """Show what a hardware tier or a model cost at an instant, and since when."""
    from costing.instant import parse_instant
    from pricing.sku import find_sku

    invocation = invocation_of(context)
    settings = invocation.settings(book=book)
    when = parse_instant(instant, settings.timezone)
    if "/" not in name:
        match = find_sku(name)
        name = match.sku
        if match.note:
            invocation.tell(match.note)
    found = [one for one in _load(settings).in_force(when) if one.rate.key.name == name]
    if not found:
        raise NotFound(
            f'no price of "{name}" at {when:%Y-%m-%d %H:%M} UTC in book {settings.book}',
            where="costing prices at",
            help=f"`costing prices show {settings.book}` lists all prices in force",
        )
    write_rows(RATE_TITLES, interval_rows(found), shape)


def _load(settings: Settings, name: str | None = None) -> PriceBook:
    from pricing.book import load_book

    return load_book(name or settings.book, folders=settings.book_folders)


def _version_row(version: BookVersion) -> Row:
    """What a version is called, when it holds and who says so."""
    corrected = f"{version.kind} of {version.corrects}" if version.corrects else version.kind
    return (
        version.version,
        corrected,
        version.effective_from,
        version.known_since,
        version.checked_on,
        version.source or None,
    )
