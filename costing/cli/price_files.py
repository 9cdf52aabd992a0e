"""`costing prices diff`, `lint` and `add`: what concerns the files of price books."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command
from costing.cli.invocation import invocation_of
from costing.cli.output import write_json, write_text
from costing.cli.price_row import instant_of, write_rows
from costing.cli.shape import Shape, ShapeOption
from costing.errors import ExitCode
from costing.price_list import key_cells

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from pricing.finding import Finding

LINT_EXAMPLES = """
costing prices lint
costing prices lint books/acme/2026-11.toml
costing prices lint books/ --format json
"""
DIFF_EXAMPLES = """
costing prices diff api-map replicate
costing prices diff replicate@2023-01-10 replicate@2023-07-31
costing prices diff replicate acme --at 2026-10-01 --all
"""
DIFF_TITLES = ("name", "unit", "when", "a usd", "b usd", "ratio", "percent")
FINDING_TITLES = ("severity", "path", "where", "message", "help")
ADD_EXAMPLES = """
costing prices add acme --builds-on replicate --discount 12.5 --from 2026-11-01 --source "offer 17"
costing prices add acme --rate gpu-l40s=0.0008 --from 2026-12-01 --source "offer 18" --dry-run
costing prices add acme --rate acme/upscale:output_image=0.03 --from 2026-12-01 --source "offer 18"
costing prices add acme --rate "a/film:output_video_second[resolution=720p;with_audio=true]=0.1" \\
  --input-field duration --from 2026-12-01 --source "offer 19"
"""

OwnBookArgument = Annotated[
    str, typer.Argument(metavar="BOOK", help="One of your own, new or old.")
]
FromOption = Annotated[
    str, typer.Option("--from", metavar="DAY", help="When the prices begin to hold; a day in UTC.")
]
SourceOption = Annotated[str, typer.Option("--source", help="Where the prices were read.")]
RateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rate",
        metavar="RATE",
        help="SKU=PRICE for a second, or OWNER/NAME:UNIT=PRICE; for a tier of a model "
        "OWNER/NAME:UNIT[SELECTOR=VALUE;SELECTOR=VALUE]=PRICE, where a value may be bounds such "
        "as >24,<=48; `withdrawn` in place of the price ends it. Repeatable. Units and selectors: "
        "docs/units.md.",
    ),
]
BuildsOnOption = Annotated[
    str | None, typer.Option("--builds-on", metavar="BOOK", help="Whose prices it overrides.")
]
DiscountOption = Annotated[
    str | None, typer.Option("--discount", metavar="PERCENT", help="Off that book's prices.")
]
InputFieldOption = Annotated[
    str | None,
    typer.Option(
        "--input-field",
        metavar="FIELD",
        help="Input that asks for the quantity if the metrics lack it; of every --rate by unit.",
    ),
]
InputFactorOption = Annotated[
    str | None,
    typer.Option(
        "--input-factor",
        metavar="NUMBER",
        help="Billed units for one of that input; 1 if not given.",
    ),
]
VersionOption = Annotated[
    str | None, typer.Option("--version", help="Its name; the day if not given.")
]
CorrectsOption = Annotated[
    str | None, typer.Option("--corrects", metavar="VERSION", help="Whose prices were wrong.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why they were wrong.")]
NoteOption = Annotated[str, typer.Option("--note", help="A remark.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Look it over and show the file, write nothing.")
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group `prices`."""
    add_command(group, "diff", diff, DIFF_EXAMPLES)
    add_command(group, "lint", lint, LINT_EXAMPLES)
    add_command(group, "add", add, ADD_EXAMPLES)


def diff(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="BOOK[@VERSION]", help="Compared from.")],
    b: Annotated[str, typer.Argument(metavar="BOOK[@VERSION]", help="Compared to.")],
    at: Annotated[
        str | None, typer.Option("--at", metavar="DAY", help="Prices in force then; now if not.")
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Show equal prices too.")] = False,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """Show what differs between two books, or two versions of one, with ratio and percent."""
    from pricing.diff import diff_books, select_book

    invocation = invocation_of(context)
    settings = invocation.settings()
    instant = instant_of(at, settings, invocation.clock())
    first, second = (
        select_book(text, folders=settings.book_folders, instant=instant) for text in (a, b)
    )
    found = [one for one in diff_books(first, second) if is_all or one.is_change]
    rows = [
        (
            *key_cells(one.key),
            *map(_digits, (one.price_a_usd, one.price_b_usd, one.ratio, one.percent)),
        )
        for one in found
    ]
    write_rows(DIFF_TITLES, rows, shape, right=DIFF_TITLES[3:])


def lint(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="A file, a book's folder, or a folder of books."),
    ] = None,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """Look price books over, all of them or one; exit 1 if there is an error.

    A question asks for a second look and refuses nothing.
    """
    from pricing.book_folder import find_books
    from pricing.finding import has_error
    from pricing.lint import lint_books, lint_path

    invocation = invocation_of(context)
    folders = invocation.settings().book_folders
    if path is None:
        findings = lint_books([book.name for book in find_books(folders)], folders)
    else:
        findings = lint_path(path.resolve() if path.exists() else path, folders)
    if shape is Shape.JSON:
        write_json(finding_rows(findings))
    for one in findings if shape is Shape.TABLE else ():
        write_text(str(one))
    invocation.tell("1 finding" if len(findings) == 1 else f"{len(findings)} findings")
    if has_error(findings):
        raise typer.Exit(ExitCode.FAILED)


def add(  # noqa: PLR0917 - a command's options are its parameters
    context: typer.Context,
    book: OwnBookArgument,
    effective_from: FromOption,
    source: SourceOption,
    rates: RateOption = None,
    input_field: InputFieldOption = None,
    input_factor: InputFactorOption = None,
    builds_on: BuildsOnOption = None,
    discount: DiscountOption = None,
    name: VersionOption = None,
    corrects: CorrectsOption = None,
    reason: ReasonOption = "",
    note: NoteOption = "",
    is_dry_run: DryRunOption = False,
) -> None:
    """Add a dated version to a price book of your own. What is there is never changed."""
    from costing.instant import parse_instant
    from costing.price_file import NewVersion, add_version

    invocation = invocation_of(context)
    settings = invocation.settings()
    new = NewVersion(
        book=book,
        name=name,
        effective_from=parse_instant(effective_from, "UTC"),
        rates=tuple(rates or ()),
        input_field=input_field,
        input_factor=input_factor,
        source=source,
        builds_on=builds_on,
        discount_percent=discount,
        corrects=corrects,
        reason=reason,
        note=note,
    )
    draft = add_version(new, settings.books, invocation.clock(), is_dry_run=is_dry_run)
    write_text(draft.text if is_dry_run else str(draft.path))
    for question in draft.questions:
        invocation.tell(str(question))
    invocation.tell(f"dry run: {draft.path} was not written" if is_dry_run else "added")


def finding_rows(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Findings as rows for JSON."""
    return [{name: str(getattr(one, name)) for name in FINDING_TITLES} for one in findings]


def _digits(number: Decimal | None) -> str | None:
    """A number with all its digits; None stays None."""
    return None if number is None else f"{number:f}"
