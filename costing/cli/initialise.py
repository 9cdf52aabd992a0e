"""`costing init`: commented settings files to start from."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from costing.cli.help import add_command
from costing.cli.invocation import invocation_of
from costing.cli.output import write_lines

EXAMPLES = """
costing init
costing init accounting/
"""


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "init", initialise, EXAMPLES)


def initialise(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Where to write; here if not named.")
    ] = None,
) -> None:
    """Write commented costing.toml, hardware.toml and budgets.toml; what exists stays as it is."""
    from costing.setting_layer import PROJECT_FILE
    from costing.starter import write_starter_files

    place = folder or Path()
    for file in write_starter_files(place):
        write_lines([f"{'written' if file.is_written else 'kept   '}  {file.path}"])
    invocation = invocation_of(context)
    settings = quote(str((place / PROJECT_FILE).absolute()))
    invocation.tell(
        f"they count for commands run in that folder; from elsewhere, cron included: "
        f"`costing --config {settings} ...`"
    )
    invocation.tell("next: `costing ingest FILE`, then `costing report`")
