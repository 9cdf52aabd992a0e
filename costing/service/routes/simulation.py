"""`POST /api/v1/simulations`: the question and the answer of `costing simulate`.

Rule of this file: the body is a JSON object with the values of a scenario, by the names that a
scenario file has, without its headers; nothing of it is named here. Size and time are bounded.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from fastapi import APIRouter, Depends, Request, Response

from costing.service.authentication import demand
from costing.service.problem import GUARDED, documented, refuse
from costing.simulation.envelope_schema import ANSWER
from costing.simulation.form import FORMS
from costing.simulation.request import field_names, meaning_of, read_request
from costing.simulation.use_case import SERVICE_BOUNDS
from costing.state.token import Scope

if TYPE_CHECKING:
    from costing.service.service import Service
    from costing.simulation.request import ScenarioRequest

PATH = "/api/v1/simulations"

_PROBLEMS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    *GUARDED,
)


def make_router(service: Service) -> APIRouter:
    """The router of this address."""
    router = APIRouter(tags=["simulations"], dependencies=[Depends(demand(service, Scope.READ))])

    @router.post(
        PATH,
        summary="Replicate, own GPUs, or both",
        openapi_extra={"requestBody": {"content": {"application/json": {"schema": _schema()}}}},
        response_class=Response,
        responses={
            200: {
                "description": "The answer.",
                "content": {"application/json": {"schema": ANSWER}},
            },
            **documented(*_PROBLEMS),
        },
    )
    async def answer_question(request: Request) -> Response:
        asked = read_body(await request.body())
        return Response(
            await service.questions.ask(lambda: _answer(service, asked)),
            media_type=FORMS["json"].media_type,
        )

    return router


def read_body(raw: bytes) -> ScenarioRequest:
    """The question in a body.

    Raises:
        Refused: it is no JSON object.
        UsageError: there is no value of a name, or it cannot be what it is.
    """
    try:
        given: object = json.loads(raw)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        advice = 'send {"requests_per_day": 20000, "seconds": 6, "hardware": "gpu-a100-large"}'
        raise refuse(HTTPStatus.BAD_REQUEST, "the body is no JSON object", advice)
    return read_request(cast(dict[str, object], given))


def _answer(service: Service, asked: ScenarioRequest) -> bytes:
    return FORMS["json"].render(service.costing.simulate(asked, bounds=SERVICE_BOUNDS))


def _schema() -> dict[str, object]:
    values = {name: {"description": meaning_of(name)} for name in field_names()}
    return {"type": "object", "properties": values, "additionalProperties": False}
