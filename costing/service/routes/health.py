"""`/healthz`, `/readyz` and `/metrics`: for whoever keeps the service running."""

from __future__ import annotations

import math
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from costing.doctor import Verdict
from costing.service.authentication import demand
from costing.service.problem import BOUNDED, GUARDED, documented
from costing.service.readiness import check_readiness
from costing.state.delivery import count_under_way
from costing.state.inbox import measure_backlog
from costing.state.token import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from costing.service.service import Service
    from costing.service.upkeep import Rounds

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""https://prometheus.io/docs/instrumenting/exposition_formats."""

_UNREADY: dict[str, object] = {
    "description": "Something fails.",
    "content": {"application/json": {}},
}
_COUNTERS: dict[str, object] = {"description": "The counters.", "content": {"text/plain": {}}}


def make_router(service: Service) -> APIRouter:
    """The router of these addresses."""
    router = APIRouter(tags=["health"])
    readers = [Depends(demand(service, Scope.READ))]

    @router.get(
        "/healthz",
        summary="Whether the process answers",
        responses=documented(*BOUNDED),
    )
    async def tell_health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get(
        "/readyz",
        summary="Whether all is well, check by check",
        dependencies=readers,
        responses={**documented(*GUARDED), 503: _UNREADY},
    )
    async def tell_readiness() -> JSONResponse:
        checks = await check_readiness(service)
        is_ready = all(one.verdict is not Verdict.FAIL for one in checks)
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": is_ready, "checks": [asdict(one) for one in checks]}, status)

    @router.get(
        "/metrics",
        summary="Counters in Prometheus' text format",
        dependencies=readers,
        response_class=Response,
        responses={200: _COUNTERS, **documented(*GUARDED)},
    )
    async def tell_measures() -> Response:
        _measure(service)
        return Response(service.measures.text(), media_type=METRICS_TYPE)

    return router


def _measure(service: Service) -> None:
    """Set what is measured at the moment of asking."""
    now = service.clock()
    backlog = measure_backlog(service.store)
    oldest = backlog.oldest_at
    service.measures.inbox_rows.set(backlog.row_count)
    service.measures.inbox_age.set(_seconds_since(oldest, now) if oldest else 0)
    service.measures.fold_age.set(_age_seconds(service.round_of("fold"), now))
    service.measures.budgets_age.set(_age_seconds(service.round_of("budgets"), now))
    service.measures.undelivered.set(count_under_way(service.store))


def _age_seconds(rounds: Rounds | None, now: datetime) -> float:
    """How long ago the last round of a kind went well; NaN where none did."""
    done_at = rounds.ended.done_at if rounds else None
    return _seconds_since(done_at, now) if done_at else math.nan


def _seconds_since(instant: datetime, now: datetime) -> float:
    """How long ago something was; 0 where it came while the measures were being taken."""
    return max(0.0, (now - instant).total_seconds())
