"""`costing ingest FILE…`: prediction records into the ledger."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command
from costing.cli.invocation import Invocation, invocation_of
from costing.cli.output import Json, say, write_grid, write_json
from costing.cli.progress import drawing_progress
from costing.cli.shape import Shape, ShapeOption
from costing.errors import DataError, ExitCode, UsageError
from costing.failure import failure_of
from costing.quotation import quote_line

if TYPE_CHECKING:
    from costing.ingest.summary import IngestSummary

EXAMPLES = """
costing ingest predictions.jsonl
costing ingest 2026-10/*.jsonl.gz --tag team=search
costing ingest exports.parquet --hardware gpu-l40s --dry-run
curl -s … | costing ingest -
costing ingest --retry-rejected
"""
COUNTS = ("rows", "taken", "unchanged", "updated", "rejected", "conflicted")
TITLES = ("file", "format", *COUNTS)
_SHOWN_CHARACTERS = 40

FilesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILE…", help="JSON lines, JSON, CSV or Parquet; gz, zst; `-`."),
]
HardwareOption = Annotated[
    str | None,
    typer.Option("--hardware", metavar="SKU", help="Hardware of records that name none."),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="Tag for every record; repeatable."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Count what would happen, and change nothing.")
]
RetryOption = Annotated[
    bool, typer.Option("--retry-rejected", help="Try rows again that were rejected before.")
]
FailOption = Annotated[
    bool, typer.Option("--fail-if-locked", help="Leave with 75 rather than wait.")
]


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "ingest", ingest, EXAMPLES)


def ingest(
    context: typer.Context,
    files: FilesArgument = None,
    hardware: HardwareOption = None,
    tag: TagOption = None,
    is_dry_run: DryRunOption = False,
    retry_rejected: RetryOption = False,
    fail_if_locked: FailOption = False,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """Take prediction records in. Order, repeats and splitting of files change nothing.

    A file is in wholly or not at all; one that cannot be read stops no other, and exits with 3.
    """
    paths = [None if name == "-" else Path(name) for name in files or ()]
    if not paths and not retry_rejected:
        raise UsageError("no file was named", where="costing ingest", help="`-` reads stdin")
    if None in paths and sys.stdin is None:
        raise DataError("standard input is closed", where="costing ingest -")
    tags = parse_tags(tag or ())
    invocation = invocation_of(context)
    _tell_meaning(invocation, hardware)
    costing = invocation.open(lock_wait_seconds=0 if fail_if_locked else None)
    with drawing_progress(invocation) as progress:
        summary = costing.ingest(
            paths,
            hardware=hardware or "",
            tags=tags,
            is_dry_run=is_dry_run,
            retry_rejected=retry_rejected,
            progress=progress,
        )
    if invocation.shows_summary(shape):
        _present(summary, shape)
    _tell_what_next(invocation, summary)
    for failure in summary.failures:
        say(str(failure_of(failure)))
    if summary.failures:
        raise typer.Exit(ExitCode.DATA)


def _tell_meaning(invocation: Invocation, hardware: str | None) -> None:
    """What a name of hardware was taken for, where it could mean several."""
    from pricing.sku import find_sku

    note = find_sku(hardware).note if hardware else None
    if note:
        invocation.tell(f"note: {note}")


def parse_tags(texts: Sequence[str]) -> dict[str, str]:
    """Tags from `key=value` texts; the later of two for one key counts.

    >>> parse_tags(["team=search", "note=a=b"])
    {'team': 'search', 'note': 'a=b'}

    Raises:
        UsageError: a text has no `=`, or no key before it; or the tags are none that a record
            itself might have.
    """
    tags = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise _refused_tag(
                f'tag "{text}" is not written KEY=VALUE', "write for example --tag team=search"
            )
        tags[key.strip()] = value
    if tags:
        _check_limits(tags)
    return tags


def _check_limits(tags: Mapping[str, str]) -> None:
    """Hold tags against the limits of a record's own."""
    from costing.ingest.tag import MOST_TAGS, tag_refusal

    if len(tags) > MOST_TAGS:
        raise _refused_tag(f"{len(tags)} tags are too many", f"give {MOST_TAGS} at most")
    for name, value in tags.items():
        if refusal := tag_refusal(name, value):
            shown = quote_line(f"{name}={value}")[:_SHOWN_CHARACTERS]
            raise _refused_tag(f'tag "{shown}" {refusal}', "write it as --tag team=search")


def _refused_tag(what: str, advice: str) -> UsageError:
    return UsageError(what, where="costing ingest --tag", help=advice)


def _present(summary: IngestSummary, shape: Shape) -> None:
    """Write how the rows of every source ended, and the sum of more than one."""
    lines: list[tuple[Json, ...]] = [
        (source.path, source.format, *(getattr(source, count) for count in COUNTS))
        for source in summary.sources
    ]
    total: tuple[Json, ...] = ("total", "", *(summary.total(count) for count in COUNTS))
    if shape is Shape.JSON:
        sources: list[Json] = [dict(zip(TITLES, line, strict=True)) for line in lines]
        totals: Json = dict(zip(COUNTS, total[2:], strict=True))
        failures: list[Json] = [
            {"what": one.what, "where": one.where, "help": one.help} for one in summary.failures
        ]
        write_json(
            {
                "is_dry_run": summary.is_dry_run,
                "files": sources,
                "total": totals,
                "failures": failures,
            }
        )
        return
    if not lines:
        return
    shown = [*lines, total] if len(lines) > 1 else lines
    write_grid(TITLES, [tuple(map(str, line)) for line in shown], right=COUNTS)


def _tell_what_next(invocation: Invocation, summary: IngestSummary) -> None:
    """Say what the counts call for."""
    if summary.is_dry_run:
        invocation.tell("dry run: nothing was kept")
        return
    for left in summary.unretried:
        invocation.tell(str(left))
    if summary.total("rejected"):
        invocation.tell("rejected rows are kept with their reasons: `costing report rejected`")
    if summary.total("conflicted"):
        invocation.tell("contradictions are kept beside the ledger: `costing report conflicts`")
