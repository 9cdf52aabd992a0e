"""`/api/v1/budgets`: where each budget stands, as `costing budget status` tells it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends

from costing.budget.presentation import overview_facts
from costing.service.authentication import demand
from costing.service.problem import GUARDED, documented
from costing.state.token import Scope

if TYPE_CHECKING:
    from costing.service.service import Service

PATH = "/api/v1/budgets"

_PROBLEMS = (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR, *GUARDED)


def make_router(service: Service) -> APIRouter:
    """The router of this address."""
    router = APIRouter(
        prefix=PATH, tags=["budgets"], dependencies=[Depends(demand(service, Scope.READ))]
    )

    @router.get(
        "",
        summary="Where each budget stands",
        description="The same answer as `costing budget status --format json`.",
        responses=documented(*_PROBLEMS),
    )
    async def show_budgets() -> dict[str, object]:
        return await service.questions.ask(lambda: overview_facts(service.costing.budgets()))

    return router
