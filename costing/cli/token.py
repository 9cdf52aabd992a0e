"""`costing token`: who may use the service, and what for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command, new_group
from costing.cli.invocation import invocation_of
from costing.cli.output import write_grid, write_json, write_text
from costing.cli.shape import Shape, ShapeOption
from costing.duration import read_duration
from costing.errors import UsageError

if TYPE_CHECKING:
    from costing.cli.invocation import Invocation
    from costing.state.store import Store
    from costing.state.token import Scope, Token

CREATE_EXAMPLES = """
costing token create dashboard --scope read --expires 90d
costing token create exporter --scope ingest
"""
LIST_EXAMPLES = """
costing token list
costing token list --format json
"""
REVOKE_EXAMPLES = "costing token revoke dashboard"
TITLES = ("id", "name", "scopes", "state", "created", "expires", "last used")


def register(application: typer.Typer) -> None:
    """Add the group to the command line."""
    text = "Make, list and revoke the tokens of the service."
    group = new_group(text, examples=CREATE_EXAMPLES)
    add_command(group, "create", create, CREATE_EXAMPLES)
    add_command(group, "list", list_all, LIST_EXAMPLES)
    add_command(group, "revoke", revoke, REVOKE_EXAMPLES)
    application.add_typer(group, name="token")


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", metavar="SCOPE", help="ingest, read or admin; repeatable."),
    ],
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="SPAN", help="Valid so long; ever if not.")
    ] = None,
) -> None:
    """Make a token and show it, this once: only its digest is kept."""
    from costing.state.token import create_token

    where = "costing token create --expires"
    span = None if expires is None else read_duration(expires, where=where)
    invocation = invocation_of(context)
    now = invocation.clock()
    scopes = {_scope(one) for one in scope}
    with _open(invocation) as store, store.transaction() as transaction:
        secret = create_token(
            transaction, name, scopes, created_at=now, expires_at=now + span if span else None
        )
    invocation.tell("this is the only time that the token is shown")
    write_text(secret)


def list_all(context: typer.Context, shape: ShapeOption = Shape.TABLE) -> None:
    """List the tokens, revoked and expired ones too; never the secrets."""
    from costing.state.token import list_tokens

    invocation = invocation_of(context)
    now = invocation.clock()
    with _open(invocation) as store:
        rows = [_row(token, now) for token in list_tokens(store)]
    if shape is Shape.JSON:
        names = [title.replace(" ", "_") for title in TITLES]
        write_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        write_grid(TITLES, rows, right=["id"])


def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|ID", help="As `costing token list` shows.")],
) -> None:
    """Revoke a token, at once and for ever."""
    from costing.state.token import revoke_token

    invocation = invocation_of(context)
    with _open(invocation) as store, store.transaction() as transaction:
        revoke_token(transaction, name, invocation.clock())


def _scope(text: str) -> Scope:
    """The scope of that name.

    Raises:
        UsageError: there is none.
    """
    from costing.state.token import Scope

    try:
        return Scope(text)
    except ValueError:
        known = ", ".join(one.value for one in Scope)
        raise UsageError(
            f'no scope "{text}"', where="costing token create --scope", help=f"give {known}"
        ) from None


def _open(invocation: Invocation) -> Store:
    from costing.state.connection import open_store

    return open_store(invocation.settings().home)


def _row(token: Token, now: datetime) -> tuple[str, ...]:
    state = "in force" if token.is_valid(now) else "revoked" if token.revoked_at else "expired"
    scopes = " ".join(sorted(one.value for one in token.scopes))
    instants = (token.created_at, token.expires_at, token.last_used_at)
    return (str(token.id), token.name, scopes, state, *map(_instant, instants))


def _instant(instant: datetime | None) -> str:
    return "—" if instant is None else f"{instant:%Y-%m-%d %H:%M}"
