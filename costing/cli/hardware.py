"""`costing hardware`: which hardware is unknown, and whether hardware.toml is well."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command, new_group
from costing.cli.invocation import invocation_of
from costing.cli.output import write_grid, write_json, write_text
from costing.cli.price_files import finding_rows
from costing.cli.shape import Shape, ShapeOption
from costing.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costing.hardware_review import MissingHardware

MISSING_EXAMPLES = """
costing hardware missing
costing hardware missing --limit 10
costing hardware missing --format json
"""
CHECK_EXAMPLES = "costing hardware check"
PRIVATE_LINE = (
    '\n# billing = "private"  # if the model is private: billed for all the time it is online'
)
TITLES = ("model", "version", "deployment", "predictions", "seconds")


def register(application: typer.Typer) -> None:
    """Add the group to the command line."""
    group = new_group(
        "Find out which hardware is unknown.", examples=MISSING_EXAMPLES + CHECK_EXAMPLES
    )
    add_command(group, "missing", missing, MISSING_EXAMPLES)
    add_command(group, "check", check, CHECK_EXAMPLES)
    application.add_typer(group, name="hardware")


def missing(
    context: typer.Context,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="COUNT", help="Only so many, the longest running."),
    ] = None,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """List what has no known hardware, most seconds first, with lines for hardware.toml."""
    invocation = invocation_of(context)
    everything = invocation.open().missing_hardware()
    found = everything[:limit]
    rows = [tuple(str(getattr(item, title)) for title in TITLES) for item in found]
    if shape is Shape.JSON:
        write_json([dict(zip(TITLES, row, strict=True)) for row in rows])
    elif not found:
        invocation.tell("nothing is unrated for want of hardware")
    else:
        write_grid(TITLES, rows, right=TITLES[3:])
        write_text(f"\n# Paste into hardware.toml and name the hardware:\n{map_lines(found)}")
    if len(found) < len(everything):
        invocation.tell(f"{len(everything) - len(found)} more are not shown")


def check(context: typer.Context, shape: ShapeOption = Shape.TABLE) -> None:
    """Tell which lines of hardware.toml are unused or contradict each other; exit 1 if any."""
    invocation = invocation_of(context)
    findings = invocation.open().check_hardware()
    if shape is Shape.JSON:
        write_json(finding_rows(findings))
    for one in findings if shape is Shape.TABLE else ():
        write_text(str(one))
    if findings:
        raise typer.Exit(ExitCode.FAILED)
    invocation.tell("every entry of hardware.toml is used, and none contradicts another")


def map_lines(found: Sequence[MissingHardware]) -> str:
    """Entries for hardware.toml with the SKU left open, one a deployment or model."""
    from pricing.hardware_map import write_entry

    seconds: dict[tuple[str, str], Decimal] = {}
    for one in found:
        pattern = _pattern(one)
        seconds[pattern] = seconds.get(pattern, Decimal()) + one.seconds
    return "\n\n".join(
        write_entry({kind: name, "sku": ""}, f"{total.normalize():,f} s") + PRIVATE_LINE
        for (kind, name), total in seconds.items()
    )


def _pattern(one: MissingHardware) -> tuple[str, str]:
    """By what an entry would name it: its deployment, else its model, else its version."""
    named = {"deployment": one.deployment, "model": one.model, "version": one.version}
    return next(((kind, name) for kind, name in named.items() if name), ("model", "*"))
