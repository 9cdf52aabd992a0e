"""`costing webhook-url`: the address to give Replicate with a prediction."""

from __future__ import annotations

from typing import Annotated

import typer

from costing.cli.help import add_command
from costing.cli.ingest import parse_tags
from costing.cli.output import write_text
from costing.errors import UsageError

EXAMPLES = """
costing webhook-url --base https://costs.example.com --tag team=search
costing webhook-url --base https://costs.example.com --tag team=search --tag customer=42
"""
DEFAULT_BASE = "http://127.0.0.1:8321"
_WHERE = "costing webhook-url"


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "webhook-url", show_url, EXAMPLES)


def show_url(
    context: typer.Context,
    base: Annotated[
        str, typer.Option("--base", metavar="URL", help="Where Replicate reaches the service.")
    ] = DEFAULT_BASE,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="KEY=VALUE", help="Tag of each prediction; repeatable."),
    ] = None,
) -> None:
    """Show the address to set as a prediction's `webhook`, so that it arrives with its tags."""
    from urllib.parse import urlencode

    from costing.service.webhook import PATH

    del context
    tags = _tags(tag or [])
    query = f"?{urlencode(tags)}" if tags else ""
    write_text(f"{_checked(base)}{PATH}{query}")


def _tags(texts: list[str]) -> dict[str, str]:
    """The tags, refused in this command's name."""
    try:
        return parse_tags(texts)
    except UsageError as error:
        raise UsageError(error.what, where=f"{_WHERE} --tag", help=error.help) from error


def _checked(base: str) -> str:
    """The address without a slash at its end.

    Raises:
        UsageError: it is no address to which a path can be added.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(base)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_bare = not (parts.query or parts.fragment) and parts.port != 0
    except ValueError:
        is_address = is_bare = False
    if not is_address or not is_bare or any(sign.isspace() for sign in base):
        raise UsageError(
            f'"{base}" is no address of a service',
            where=f"{_WHERE} --base",
            help="write for example https://costs.example.com",
        )
    return base.rstrip("/")
