"""`costing sync`: records arrive by themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command
from costing.cli.invocation import Invocation, invocation_of
from costing.cli.output import Json, write_grid, write_json, write_text
from costing.cli.progress import drawing_progress
from costing.cli.shape import Shape, ShapeOption
from costing.cli.watch import repeat
from costing.duration import read_duration
from costing.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from costing.sync.summary import SyncSummary

EXAMPLES = """
costing sync
costing sync --since 90d
costing sync --since 2026-10-01 --until 2026-11-01
costing sync --watch 5m
"""
FETCHED = ("predictions", "trainings", "asked_again", "unreadable", "deployments", "models")
FOLDED = ("taken", "updated", "unchanged", "rejected", "conflicted")
_MOST_NAMED = 5


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "sync", sync, EXAMPLES)


def sync(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="Day, instant or span; first sync: 90d."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="WHEN", help="Up to then; now if not.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="web", help="Only those of the website.")
    ] = None,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch and count, and keep nothing.")
    ] = False,
    watch: Annotated[
        str | None, typer.Option("--watch", metavar="SPAN", help="Again and again, so often.")
    ] = None,
    fail_if_locked: Annotated[
        bool, typer.Option("--fail-if-locked", help="Leave with 75 rather than wait.")
    ] = False,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """Fetch predictions, trainings, deployments and models from Replicate, from where it ended."""
    invocation = invocation_of(context)
    costing = invocation.open(lock_wait_seconds=0 if fail_if_locked else None)

    def fetch() -> SyncSummary:
        with drawing_progress(invocation) as progress:
            return costing.sync(
                since=since, until=until, source=source, is_dry_run=is_dry_run, progress=progress
            )

    if watch is None:
        _present(invocation, fetch(), shape)
    else:
        every = _read_watch(watch, is_endless=until is None and not is_dry_run)
        repeat(lambda: _present_line(invocation, fetch(), shape), every)


def _read_watch(text: str, *, is_endless: bool) -> timedelta:
    """How often to sync.

    Raises:
        UsageError: it is no span, or the other options ask for one sync alone.
    """
    if not is_endless:
        raise UsageError(
            "--watch goes neither with --until nor with --dry-run",
            where="costing sync",
            help="leave one of them out",
        )
    return read_duration(text, where="costing sync --watch")


def _present(invocation: Invocation, summary: SyncSummary, shape: Shape) -> None:
    """Write what was fetched, and what became of it."""
    if shape is Shape.JSON:
        write_json(_facts(summary))
    elif invocation.shows_summary(shape):
        lines: dict[str, Sequence[str]] = {"fetched": FETCHED}
        if not summary.is_dry_run:
            lines |= {"ledger": FOLDED, "inbox": ("waiting",)}
        facts = _facts(summary)
        rows = [
            (place, name.replace("_", " "), f"{facts[name]:,}")
            for place, names in lines.items()
            for name in names
        ]
        write_grid(("", "what", "count"), rows, right=("count",))
    _tell_what_next(invocation, summary)


def _present_line(invocation: Invocation, summary: SyncSummary, shape: Shape) -> None:
    """Write the same on one line, for rounds that follow each other."""
    facts = _facts(summary)
    if shape is Shape.JSON:
        write_text(json.dumps(facts, ensure_ascii=False))
    elif invocation.shows_summary(shape):
        counts = [f"{facts[name]:,} {name.replace('_', ' ')}" for name in (*FETCHED, *FOLDED)]
        write_text(
            f"fetched {', '.join(counts[: len(FETCHED)])}; "
            f"ledger {', '.join(counts[len(FETCHED) :])}"
        )
    _tell_what_next(invocation, summary)


def _facts(summary: SyncSummary) -> dict[str, Json]:
    """The summary for programs."""
    fetched: dict[str, Json] = {name: getattr(summary, name) for name in FETCHED}
    folded: dict[str, Json] = {name: getattr(summary.fold, name) for name in FOLDED}
    return {
        "account": summary.account,
        "is_dry_run": summary.is_dry_run,
        **fetched,
        **folded,
        "waiting": summary.waiting,
        "missing": list(summary.missing),
    }


def _tell_what_next(invocation: Invocation, summary: SyncSummary) -> None:
    """Say what the counts call for."""
    if summary.is_dry_run:
        invocation.tell("dry run: nothing was kept")
    if summary.waiting:
        invocation.tell(
            f"the ledger is in use: {summary.waiting:,} rows wait and go in at the next "
            "sync or report"
        )
    if not summary.is_whole:
        invocation.tell("the ledger is in use: its unfinished records are asked for next time")
    if summary.fold.rejected:
        invocation.tell("rejected rows are kept with their reasons: `costing report rejected`")
    if summary.missing:
        invocation.tell(
            f"{len(summary.missing):,} unfinished records are not known to Replicate "
            f"({_named(summary.missing)}); they are asked for again for 7 days"
        )


def _named(ids: Sequence[str]) -> str:
    """The first of these ids."""
    return ", ".join([*ids[:_MOST_NAMED], *(["…"] if len(ids) > _MOST_NAMED else [])])
