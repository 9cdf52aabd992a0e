"""The command line as a whole: global options and the commands.

Rule of this file: a command group is one module of this package and one line here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costing import __version__
from costing.cli import (
    budget,
    config,
    deployments,
    doctor,
    explain,
    hardware,
    ingest,
    initialise,
    prices,
    report,
    serve,
    simulate,
    sync,
    token,
    webhook_url,
)
from costing.cli.help import new_group
from costing.cli.invocation import Invocation
from costing.cli.output import write_text
from costing.errors import ExitCode

EXAMPLES = """
costing init                                    write commented settings files
costing ingest predictions.jsonl                take records in
costing report monthly --month 2026-10          what was spent
costing hardware missing                        what could not be priced, and the mend
costing explain qwvg5ujxldrmc0ckvgmvb4yzba      why a prediction costs what it costs
"""


def build_application() -> typer.Typer:
    """The whole command line."""
    application = new_group(_overview(), examples=EXAMPLES)
    application.callback()(_take_global_options)
    for part in (
        ingest, sync, report, explain, budget, prices, hardware, deployments, simulate, serve,
        token, webhook_url, initialise, doctor, config,
    ):  # fmt: skip
        part.register(application)
    return application


def _overview() -> str:
    """What the program is, and its exit codes."""
    codes = "\n".join(f"{code.value:>3}  {code.meaning}" for code in ExitCode)
    return f"Exact cost and usage accounting for Replicate.\n\n\b\nExit codes:\n{codes}"


def _show_version(is_asked: bool) -> None:
    if is_asked:
        write_text(f"costing {__version__}")
        raise typer.Exit


def _take_global_options(
    context: typer.Context,
    is_debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
    is_quiet: Annotated[
        bool, typer.Option("--quiet", help="Say nothing but errors; no progress, no summary.")
    ] = False,
    config_file: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Project file, instead of ./costing.toml."),
    ] = None,
    home: Annotated[
        str | None, typer.Option("--home", metavar="DIR", help="Data directory.")
    ] = None,
    has_version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    del is_debug, has_version  # Both are dealt with before a command is found.
    context.obj = Invocation(is_quiet=is_quiet, config=config_file, home=home)
