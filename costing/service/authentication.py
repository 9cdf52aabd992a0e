"""Who may ask what: bearer tokens with scopes.

Rule of this file: as soon as a token was ever made, a valid one is demanded of everybody, however
few are left. Without any, only callers of this machine are answered, and only where they name it:
a page in somebody's browser that reaches us under another name is not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from costing.service.problem import Problem, Refused
from costing.state.token import Scope, Token, find_token, list_tokens, note_use

if TYPE_CHECKING:
    from costing.service.service import Service

NOBODY = "local"
"""The client of whoever asks without a token from this machine."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="A token of `costing token create`. Loopback needs none until there is one.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
Check = Callable[[Request, HTTPAuthorizationCredentials | None], Awaitable[None]]


def demand(service: Service, scope: Scope) -> Check:
    """A dependency that lets only those in who may do what needs `scope`.

    It leaves the token's id, or `NOBODY`, in `request.state.client`.
    """

    async def check(request: Request, credentials: Credentials) -> None:
        given = credentials.credentials if credentials else ""
        token = find_token(service.store, given, service.clock()) if given else None
        if token is None:
            if request.headers.get("authorization"):
                raise _refusal(HTTPStatus.UNAUTHORIZED, "the token is none that is in force", scope)
            _let_local_in(service, request, scope)
            request.state.client = NOBODY
            return
        if not token.allows(scope):
            raise _refusal(HTTPStatus.FORBIDDEN, f"the token lacks the scope {scope.value}", scope)
        _note_use(service, token)
        request.state.client = str(token.id)

    return check


def _let_local_in(service: Service, request: Request, scope: Scope) -> None:
    """Let callers of this machine in where there are no tokens.

    Raises:
        Refused: a token is needed.
    """
    if not service.is_loopback or list_tokens(service.store):
        raise _refusal(HTTPStatus.UNAUTHORIZED, "a valid bearer token is needed", scope)
    name = request.headers.get("host", "").rsplit(":", 1)[0] or "localhost"
    if name not in LOCAL_NAMES and request.headers.get("host") not in LOCAL_NAMES:
        raise _refusal(
            HTTPStatus.UNAUTHORIZED,
            "without a token only localhost is answered, by that name",
            scope,
        )


def _refusal(status: HTTPStatus, detail: str, scope: Scope) -> Refused:
    """A refusal whose help makes a token that may do what was asked."""
    is_known = status is HTTPStatus.FORBIDDEN
    challenge = 'Bearer error="insufficient_scope"' if is_known else "Bearer"
    advice = f"`costing token create NAME --scope {scope.value}` makes one that may"
    return Refused(Problem(status, detail, advice, headers={"WWW-Authenticate": challenge}))


def _note_use(service: Service, token: Token) -> None:
    """Have the use written down some time; nobody waits for it."""
    now = service.clock()
    if token.is_use_due(now):
        service.writer.submit(lambda transaction: note_use(transaction, token, now))
