"""`costing deployments`: what deployments ran on, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from costing.cli.help import add_command
from costing.cli.invocation import invocation_of
from costing.cli.output import write_grid, write_json
from costing.cli.shape import Shape, ShapeOption

if TYPE_CHECKING:
    from datetime import datetime

    from costing.ledger.evidence.history import Release

EXAMPLES = """
costing deployments
costing deployments --format json
"""
TITLES = (
    "deployment", "release", "model", "version", "hardware", "min", "max", "from", "until", "seen",
)  # fmt: skip
_COUNTS = ("release", "min", "max")
_VERSION_CHARACTERS = 12


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "deployments", deployments, EXAMPLES)


def deployments(context: typer.Context, shape: ShapeOption = Shape.TABLE) -> None:
    """List the releases of deployments that `costing sync` has seen, oldest first."""
    invocation = invocation_of(context)
    found = invocation.open().deployments()
    if shape is Shape.JSON:
        write_json([_facts(one) for one in found])
    elif not found:
        invocation.tell("no deployment was seen yet: `costing sync` looks at them")
    else:
        write_grid(TITLES, [_cells(one) for one in found], right=_COUNTS)


def _facts(one: Release) -> dict[str, str | int | None]:
    """One release for programs; instants are UTC."""
    seen = one.seen
    return {
        "deployment": seen.deployment,
        "release": seen.release,
        "model": seen.model,
        "version": seen.version,
        "hardware": seen.hardware,
        "min_instances": seen.min_instances,
        "max_instances": seen.max_instances,
        "from": _instant(seen.released_at),
        "until": _instant(one.ends_at),
        "first_seen": _instant(one.first_seen_at),
        "last_seen": _instant(one.last_seen_at),
    }


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _cells(one: Release) -> tuple[str, ...]:
    """One release for people: minutes in UTC, and the beginning of the version."""
    seen = one.seen
    is_long = len(seen.version) > _VERSION_CHARACTERS
    version = f"{seen.version[:_VERSION_CHARACTERS]}…" if is_long else seen.version
    counts = (str(seen.min_instances), str(seen.max_instances))
    instants = (_minute(seen.released_at), _minute(one.ends_at), _minute(one.last_seen_at))
    named = (seen.deployment, str(seen.release), seen.model, version, seen.hardware)
    return (*named, *counts, *instants)


def _minute(instant: datetime | None) -> str:
    return "—" if instant is None else f"{instant:%Y-%m-%d %H:%M}"
