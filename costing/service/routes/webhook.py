"""`POST /webhooks/replicate`: verified, read to facts, durable, answered.

Rule of this file: 200 is said only when the row is on the disk, or was before. What is Replicate's
but can never be read is kept as a rejected row and answered 400, since Replicate would repeat it
for a minute only and nothing would be gained by it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from costing.errors import CostingError
from costing.service.arrival import Read, Reader
from costing.service.measures import WebhookOutcome
from costing.service.problem import BOUNDED, documented, refuse, status_of
from costing.service.tag import read_tags
from costing.service.webhook import PATH, Refusal, Signed, verify
from costing.state.inbox import Arrival, Origin, Taken, append

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from costing.service.service import Service
    from costing.state.store import Transaction

_OUTCOMES = {
    Refusal.UNSIGNED: WebhookOutcome.UNSIGNED,
    Refusal.FORGED: WebhookOutcome.FORGED,
    Refusal.STALE: WebhookOutcome.STALE,
}
_REASONS = {
    Refusal.UNSIGNED: "the webhook is not signed: webhook-id, -timestamp or -signature is missing",
    Refusal.FORGED: "the signature is by none of the secrets that are set",
    Refusal.STALE: "the webhook's time is more than 5 minutes away from this machine's clock",
}
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_DOCUMENT = {
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in _HEADERS
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}


class _PlainRoute(APIRoute):
    """A route whose function takes the request and nothing else, and gives the answer itself.

    FastAPI looks for parameters and dependencies all the same, which costs a webhook a part of its
    time; the OpenAPI document tells of the route as of any other.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """The function as it is."""
        return self.endpoint


def make_router(service: Service) -> APIRouter:
    """The router of this address."""
    router = APIRouter(route_class=_PlainRoute)

    @router.post(
        PATH,
        tags=["webhooks"],
        summary="Take a webhook of Replicate's in",
        description="Every parameter of the query string is a tag: `?team=search&customer=42`.",
        openapi_extra=_DOCUMENT,
        response_class=Response,
        responses={
            200: {"description": "It is stored, or was before.", "content": {"text/plain": {}}},
            **documented(
                HTTPStatus.BAD_REQUEST,
                HTTPStatus.UNAUTHORIZED,
                *BOUNDED,
            ),
        },
    )
    async def take_webhook(request: Request) -> Response:
        signed = _signed(request)
        raw = await request.body()
        _check(service, signed, raw)
        read = _read(service, request, signed, raw)
        taken = await _keep(service, read.arrival)
        if read.rejected is not None:
            service.measures.count_webhook(WebhookOutcome.MALFORMED)
            advice = "it is kept among the rejected rows"
            raise refuse(HTTPStatus.BAD_REQUEST, read.rejected.reason, advice)
        is_new = taken is Taken.APPENDED
        outcome = WebhookOutcome.TAKEN if is_new else WebhookOutcome.DUPLICATE
        service.measures.count_webhook(outcome)
        return Response(f"{outcome.value}\n", media_type="text/plain")

    return router


def _signed(request: Request) -> Signed:
    message_id, timestamp, signatures = (request.headers.get(name, "") for name in _HEADERS)
    return Signed(message_id, timestamp, signatures)


def _check(service: Service, signed: Signed, raw: bytes) -> None:
    """Let only what Replicate sent go on.

    Raises:
        Refused: it is not Replicate's, or nobody can tell.
    """
    if not service.webhook_keys:
        service.measures.count_webhook(WebhookOutcome.UNAVAILABLE)
        detail = "no webhook secret is set, so that nothing can be believed"
        raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, detail, "set `webhook_secret_file`")
    refusal = verify(service.webhook_keys, signed, raw, service.clock().timestamp())
    if refusal is not None:
        service.measures.count_webhook(_OUTCOMES[refusal])
        raise refuse(HTTPStatus.UNAUTHORIZED, _REASONS[refusal])


def _read(service: Service, request: Request, signed: Signed, raw: bytes) -> Read:
    """The webhook's record with the tags of its address."""
    query = request.scope["query_string"]
    address = read_tags(request.query_params.multi_items()) if query else None
    if address is not None and address.left_out:
        service.measures.tags_left_out.inc(address.left_out)
    tags = address.tags if address is not None else None
    reader = Reader(Origin.WEBHOOK, service.hash_key, tags, signed.id)
    return reader.read(raw, line=1)


async def _keep(service: Service, arrival: Arrival) -> Taken:
    """Have it durable.

    Raises:
        CostingError: it is not.
    """
    now = service.clock()

    def keep(transaction: Transaction) -> tuple[Taken, ...]:
        return append(transaction, (arrival,), now)

    try:
        [taken] = await service.write(keep)
    except CostingError as error:
        if status_of(type(error)) is HTTPStatus.SERVICE_UNAVAILABLE:
            service.measures.count_webhook(WebhookOutcome.UNAVAILABLE)
        raise
    service.arrive(1)
    return taken
