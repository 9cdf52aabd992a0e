"""`/api/v1/prices`: the price books, and the prices of one, as the command line lists them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query

from costing.instant import parse_instant
from costing.price_list import BOOK_TITLES, RATE_TITLES, book_rows, named_rows, rate_rows
from costing.service.authentication import demand
from costing.service.problem import GUARDED, documented
from costing.state.token import Scope

if TYPE_CHECKING:
    from costing.service.service import Service

PATH = "/api/v1/prices"

BookName = Annotated[str, Path(description="A book, or one version of it: `BOOK@VERSION`.")]
At = Annotated[str | None, Query(description="Prices in force at that day or instant; now if not.")]


def make_router(service: Service) -> APIRouter:
    """The router of these addresses."""
    settings = service.costing.settings
    router = APIRouter(
        prefix=PATH, tags=["prices"], dependencies=[Depends(demand(service, Scope.READ))]
    )

    @router.get("", summary="The price books", responses=documented(*GUARDED))
    async def list_books() -> list[dict[str, str | int | None]]:
        return named_rows(BOOK_TITLES, await service.lookups.ask(lambda: book_rows(settings)))

    @router.get(
        "/{book}",
        summary="The prices of one book",
        responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, *GUARDED),
    )
    async def show_book(book: BookName, at: At = None) -> list[dict[str, str | int | None]]:
        when = service.clock() if at is None else parse_instant(at, settings.timezone)
        rows = await service.lookups.ask(lambda: rate_rows(settings, book, when))
        return named_rows(RATE_TITLES, rows)

    return router
