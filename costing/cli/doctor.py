"""`costing doctor`: whether this installation is well, and how to mend it if not."""

from __future__ import annotations

import typer

from costing.cli.help import add_command
from costing.cli.invocation import invocation_of
from costing.cli.output import write_grid, write_json
from costing.cli.shape import Shape, ShapeOption
from costing.errors import ExitCode

EXAMPLES = """
costing doctor
costing doctor --format json
"""
TITLES = ("check", "verdict", "found", "mend")


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "doctor", doctor, EXAMPLES)


def doctor(context: typer.Context, shape: ShapeOption = Shape.TABLE) -> None:
    """Check this installation.

    Settings, ledger, price book, hardware map, clock and token; exit 1 if any check fails.
    """
    from costing.doctor import Verdict, check_settings

    invocation = invocation_of(context)
    first, settings = check_settings(invocation.settings)
    checks = [first]
    if settings is not None:
        checks += invocation.open().check_installation()
    rows = [(one.name, one.verdict.value, one.found, one.mend) for one in checks]
    if shape is Shape.JSON:
        write_json([dict(zip(TITLES, row, strict=True)) for row in rows])
    else:
        write_grid(TITLES, rows)
    if any(one.verdict is Verdict.FAIL for one in checks):
        raise typer.Exit(ExitCode.FAILED)
