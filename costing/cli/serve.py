"""`costing serve`: records arrive by themselves, and questions are answered over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command
from costing.cli.invocation import invocation_of
from costing.duration import read_duration
from costing.errors import MissingExtra

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.service.service import Service, Upkeep
    from costing.settings import Settings

EXAMPLES = """
costing serve
costing serve --port 8080 --fold-every 10s --sync 5m
costing serve --check-budgets 5m
costing serve --host 0.0.0.0
"""
NEEDED = ("fastapi", "httptools", "prometheus_client", "uvicorn")


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
    check_budgets: Annotated[
        str | None,
        typer.Option("--check-budgets", metavar="SPAN", help="Check budgets and tell so often."),
    ] = None,
) -> None:
    """Take webhooks and records in, and answer reports, until SIGTERM or Ctrl-C."""
    if any(find_spec(name) is None for name in NEEDED):
        raise MissingExtra("the service", "serve")
    from costing.service.server import Address, check_tokens, listen, run

    settings = invocation_of(context).settings()
    address = Address(host, port)
    spans = _Spans(fold_every, sync, check_budgets)
    service = _make_service(settings, spans, is_loopback=address.is_loopback)
    check_tokens(settings, address, service.clock())
    run(service, listen(address))


@dataclass(frozen=True, slots=True)
class _Spans:
    """How often what is done, as it was asked for; None never."""

    fold_every: str
    sync: str | None
    check_budgets: str | None


def _make_service(settings: Settings, spans: _Spans, *, is_loopback: bool) -> Service:
    """Everything that the service works with.

    Raises:
        UsageError: a span is none, or there are no budgets to check.
        AuthenticationError: it is to sync, and there is no token of Replicate's.
        PricingError: budgets.toml has errors.
        SettingsError: a secret is wrong.
    """
    from costing.app import Costing
    from costing.ingest.command import load_hash_key
    from costing.service.secret import load_keys
    from costing.service.server import LOCK_WAIT_SECONDS, ROUND_WAIT_SECONDS, bounded_wait
    from costing.service.service import Service

    rounds = Costing(bounded_wait(settings, ROUND_WAIT_SECONDS))
    return Service(
        Costing(bounded_wait(settings, LOCK_WAIT_SECONDS)),
        webhook_keys=load_keys(settings),
        hash_key=load_hash_key(settings),
        is_loopback=is_loopback,
        upkeep=_upkeep(rounds, spans),
    )


def _upkeep(costing: Costing, spans: _Spans) -> Upkeep:
    """What is done beside answering.

    A missing token of Replicate's and bad budgets are refused here, before anything listens.
    """
    from costing.replicate.token import find_token
    from costing.service.service import Upkeep

    upkeep = Upkeep(costing.fold, _seconds(spans.fold_every, "--fold-every"))
    if spans.sync is not None:
        seconds = _seconds(spans.sync, "--sync")
        find_token(costing.settings.api_token, costing.settings.api_token_file)
        upkeep = replace(upkeep, sync=costing.sync, sync_every_seconds=seconds)
    if spans.check_budgets is not None:
        seconds = _seconds(spans.check_budgets, "--check-budgets")
        costing.budget_source()
        upkeep = replace(
            upkeep, check_budgets=costing.check_budgets, check_budgets_every_seconds=seconds
        )
    return upkeep


def _seconds(span: str, option: str) -> float:
    return read_duration(span, where=f"costing serve {option}").total_seconds()
