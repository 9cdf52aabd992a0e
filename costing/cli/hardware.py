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
costing hardware missing >> hardware.toml
costing hardware missing --limit 10
costing hardware missing --format json
"""
CHECK_EXAMPLES = "costing hardware check"
PRIVATE_LINE = (
    '\n# billing = "private"  # if the model is private: billed for all the time it is online'
)
VERSION_WIDTH = 13
TITLES = ("model", "version", "deployment", "hardware", "predictions", "seconds")


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
    if shape is Shape.JSON:
        write_json([_facts(item) for item in found])
    elif not found:
        invocation.tell("nothing is unrated for want of hardware")
    else:
        comment, *titles = TITLES  # The table is a comment: all of stdout may go into the file.
        rows = [_cells(item) for item in found]
        write_grid(
            [f"# {comment}", *titles],
            [(f"# {model}", *others) for model, *others in rows],
            right=TITLES[4:],
        )
        write_text(f"\n# Append to hardware.toml and name the hardware:\n{map_lines(found)}")
    if len(found) < len(everything):
        invocation.tell(f"{len(everything) - len(found)} more are not shown")


def check(context: typer.Context, shape: ShapeOption = Shape.TABLE) -> None:
    """Tell which entries of hardware.toml name nothing, are unused or contradict; exit 1 if any."""
    invocation = invocation_of(context)
    path = invocation.settings().hardware_file
    findings = invocation.open().check_hardware()
    if shape is Shape.JSON:
        write_json(finding_rows(findings))
    for one in findings if shape is Shape.TABLE else ():
        write_text(str(one))
    if findings:
        raise typer.Exit(ExitCode.FAILED)
    if path.exists():
        invocation.tell(f"every entry of {path} is used, and none contradicts another")
    else:
        invocation.tell(f"there is no {path}; `costing hardware missing` prints lines for it")


def map_lines(found: Sequence[MissingHardware]) -> str:
    """Entries for hardware.toml with the SKU left open, one a deployment, model or unknown name."""
    from pricing.hardware_map import write_entry

    seconds: dict[tuple[str, str], Decimal] = {}
    nearest: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in found:
        pattern = _pattern(one)
        seconds[pattern] = seconds.get(pattern, Decimal()) + one.seconds
        nearest[pattern] = one.nearest
    return "\n\n".join(
        write_entry({kind: name, "sku": ""}, _remark(total, nearest[kind, name]))
        + ("" if kind == "hardware" else PRIVATE_LINE)
        for (kind, name), total in seconds.items()
    )


def _remark(seconds: Decimal, nearest: Sequence[str]) -> str:
    """What stands behind the header of an entry."""
    near = f"; nearest: {', '.join(nearest)}" if nearest else ""
    return f"{_seconds_text(seconds)} s{near}"


def _pattern(one: MissingHardware) -> tuple[str, str]:
    """By what an entry would name it: the name nobody knows, else deployment, model or version."""
    from glob import escape

    named = {
        "hardware": one.hardware,
        "deployment": one.deployment,
        "model": one.model,
        "version": one.version,
    }
    return next(((kind, escape(name)) for kind, name in named.items() if name), ("model", "*"))


def _facts(one: MissingHardware) -> dict[str, str | list[str]]:
    """One line for programs, exact."""
    facts: dict[str, str | list[str]] = {title: str(getattr(one, title)) for title in TITLES}
    return {**facts, "nearest": list(one.nearest)}


def _cells(one: MissingHardware) -> tuple[str, ...]:
    """One line for people: seconds rounded, and of a version as much as tells it apart."""
    is_long = len(one.version) > VERSION_WIDTH
    version = f"{one.version[: VERSION_WIDTH - 1]}…" if is_long else one.version
    counted = f"{one.predictions:,}", _seconds_text(one.seconds)
    return one.model, version, one.deployment, one.hardware, *counted


def _seconds_text(seconds: Decimal) -> str:
    from pricing.money import round_half_up

    return f"{round_half_up(seconds, 1):,f}"
