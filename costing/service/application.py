"""The service put together: the routes, the bounds around them, and what watches over both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from costing import __version__
from costing.service.limits import Limiting
from costing.service.measures import WebhookOutcome
from costing.service.problem import SCHEMA, answer_with_problems
from costing.service.routes import budget, health, prediction, price, report, simulation, webhook
from costing.service.watch import Watching
from costing.service.webhook import PATH

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from costing.service.service import Service

_OUTCOMES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: WebhookOutcome.OVERSIZED,
    HTTPStatus.REQUEST_TIMEOUT: WebhookOutcome.SLOW,
    HTTPStatus.SERVICE_UNAVAILABLE: WebhookOutcome.UNAVAILABLE,
}


def build_application(service: Service) -> ASGIApp:
    """The service as an ASGI application."""

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        service.begin()
        try:
            yield
        finally:
            service.end()

    inner = FastAPI(
        title="costing",
        version=__version__,
        summary="Exact cost and usage accounting for Replicate predictions.",
        lifespan=living,
        docs_url=None,  # Its page would fetch scripts from elsewhere.
        redoc_url=None,
        redirect_slashes=False,
    )
    for part in (webhook, prediction, report, simulation, price, budget, health):
        inner.include_router(part.make_router(service))
    inner.openapi = lambda: _describe(inner)  # type: ignore[method-assign]
    answer_with_problems(inner)

    def count_refused(path: str, status: HTTPStatus) -> None:
        if path == PATH:
            service.measures.count_webhook(_OUTCOMES[status])

    return Watching(Limiting(inner, service.limits, count_refused), service)


def _describe(application: FastAPI) -> dict[str, object]:
    """The OpenAPI document; made once."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title,
            version=application.version,
            summary=application.summary,
            routes=application.routes,
        )
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = SCHEMA
        application.openapi_schema = document
    return application.openapi_schema
