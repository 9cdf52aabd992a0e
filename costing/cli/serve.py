"""`costing serve`: records arrive by themselves, and questions are answered over HTTP."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command
from costing.cli.invocation import invocation_of
from costing.duration import read_duration
from costing.errors import MissingExtra

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.service.service import Upkeep

EXAMPLES = """
costing serve
costing serve --port 8080 --fold-every 10s --sync 5m
costing serve --host 0.0.0.0
"""
NEEDED = ("fastapi", "prometheus_client", "uvicorn")


def register(application: typer.Typer) -> None:
    """Add the command to the command line."""
    add_command(application, "serve", serve, EXAMPLES)


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Address; others' needs a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 is any free one.")
    ] = 8321,
    fold_every: Annotated[
        str, typer.Option("--fold-every", metavar="SPAN", help="How often arrivals are folded in.")
    ] = "30s",
    sync: Annotated[
        str | None, typer.Option("--sync", metavar="SPAN", help="Fetch from Replicate so often.")
    ] = None,
) -> None:
    """Take webhooks and records in, and answer reports, until SIGTERM or Ctrl-C."""
    if any(find_spec(name) is None for name in NEEDED):
        raise MissingExtra("the service", "serve")
    from costing.app import Costing
    from costing.ingest.command import load_hash_key
    from costing.service.secret import load_keys
    from costing.service.server import (
        LOCK_WAIT_SECONDS,
        ROUND_WAIT_SECONDS,
        Address,
        bounded_wait,
        check_tokens,
        listen,
        run,
    )
    from costing.service.service import Service

    settings = invocation_of(context).settings()
    address = Address(host, port)
    rounds = Costing(bounded_wait(settings, ROUND_WAIT_SECONDS))
    service = Service(
        Costing(bounded_wait(settings, LOCK_WAIT_SECONDS)),
        webhook_keys=load_keys(settings),
        hash_key=load_hash_key(settings),
        is_loopback=address.is_loopback,
        upkeep=_upkeep(rounds, fold_every, sync),
    )
    check_tokens(settings, address, service.clock())
    run(service, listen(address))


def _upkeep(costing: Costing, fold_every: str, sync_every: str | None) -> Upkeep:
    """What is done beside answering.

    Raises:
        UsageError: a span is none.
    """
    from costing.service.service import Upkeep

    fold_span = read_duration(fold_every, where="costing serve --fold-every")
    upkeep = Upkeep(costing.fold, fold_span.total_seconds())
    if sync_every is None:
        return upkeep
    sync_span = read_duration(sync_every, where="costing serve --sync")
    return replace(upkeep, sync=costing.sync, sync_every_seconds=sync_span.total_seconds())
