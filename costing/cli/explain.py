"""`costing explain ID`: why one prediction costs what it costs."""

from __future__ import annotations

from typing import Annotated

import typer

from costing.cli.help import add_command
from costing.cli.invocation import invocation_of
from costing.cli.output import write_lines

EXAMPLES = """
costing explain qwvg5ujxldrmc0ckvgmvb4yzba
costing explain qwvg5ujxldrmc0ckvgmvb4yzba --book api-map
"""


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "explain", explain, EXAMPLES)


def explain(
    context: typer.Context,
    prediction_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the prediction.")],
    book: Annotated[
        str | None, typer.Option("--book", metavar="BOOK", help="Price book to use.")
    ] = None,
) -> None:
    """Show why a prediction costs what it costs.

    Down to the unrounded amount and the source of the price; or what is missing.
    """
    costing = invocation_of(context).open()
    write_lines(costing.explain(prediction_id, book=book))
