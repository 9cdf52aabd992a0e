"""`costing config`: the settings in force, and where each came from.

Rule of this file: secrets are shown as set or not set, never as they are.
"""

from __future__ import annotations

import typer

from costing.cli.help import add_command, new_group
from costing.cli.invocation import invocation_of
from costing.cli.output import write_grid, write_json
from costing.cli.shape import Shape, ShapeOption

EXAMPLES = """
costing config show
costing config show --format json
"""


def register(application: typer.Typer) -> None:
    """Add the group to the command line."""
    group = new_group("Look at the settings.", examples=EXAMPLES)
    add_command(group, "show", show, EXAMPLES)
    application.add_typer(group, name="config")


def show(context: typer.Context, shape: ShapeOption = Shape.TABLE) -> None:
    """Show every setting, its value, and where the value came from."""
    from costing.settings import setting_table

    settings = invocation_of(context).settings()
    rows = [
        (row.name, _shown(getattr(settings, row.name)), str(settings.source(row.name)))
        for row in setting_table()
    ]
    if shape is Shape.JSON:
        write_json([{"name": name, "value": value, "source": at} for name, value, at in rows])
    else:
        write_grid(["setting", "value", "from"], rows)


def _shown(value: object) -> str:
    """A value as text; a secret shows itself as set."""
    match value:
        case None:
            return "—"
        case bool():
            return str(value).lower()
        case _:
            return str(value)
