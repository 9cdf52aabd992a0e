"""How help is laid out: usage, examples, what it does, options.

Rule of this file: examples stand first. They are given as a command's `epilog`, one a line,
which Typer would print last; everything else is Typer's own plain layout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, ParamSpec

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

Options = ParamSpec("Options")

CONTEXT_SETTINGS: Final = {"help_option_names": ["-h", "--help"]}


class ExamplesFirstCommand(TyperCommand):
    """A command whose help shows examples before all else."""

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the examples, then the text."""
        _write_examples(self.epilog, formatter)
        super().format_help_text(ctx, formatter)

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write nothing: the examples stand above."""


class ExamplesFirstGroup(TyperGroup):
    """A group of commands whose help shows examples before all else, also without a command."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take no arguments at all as a call for help."""
        return super().parse_args(ctx, args or ["--help"])

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the examples, then the text."""
        _write_examples(self.epilog, formatter)
        super().format_help_text(ctx, formatter)

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write nothing: the examples stand above."""


def new_group(
    text: str, *, examples: str, group: type[ExamplesFirstGroup] = ExamplesFirstGroup
) -> typer.Typer:
    """An empty group of commands with help, `-h`, and without decoration."""
    return typer.Typer(
        cls=group,
        help=text,
        epilog=examples,
        context_settings=dict(CONTEXT_SETTINGS),
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def add_command(
    group: typer.Typer,
    name: str,
    function: Callable[Options, None],
    examples: str,
    *,
    text: str | None = None,
) -> None:
    """Add a function as a command; its docstring is the help text, unless one is given."""
    group.command(
        name,
        cls=ExamplesFirstCommand,
        help=text,
        epilog=examples,
        context_settings=dict(CONTEXT_SETTINGS),
    )(function)


def _write_examples(examples: str | None, formatter: HelpFormatter) -> None:
    if not examples:
        return
    formatter.write_paragraph()
    formatter.write("  Examples:\n")
    for line in examples.strip().splitlines():
        formatter.write(f"    {line.strip()}\n")
