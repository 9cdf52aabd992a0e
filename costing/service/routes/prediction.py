"""`/api/v1/predictions`: records sent in, and why one of them costs what it costs.

Rule of this file: a record that cannot be read stops no other; each is answered for by its line,
and all of one request are durable together before the answer.
"""

from __future__ import annotations

import asyncio
import json
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from costing.ingest.exact_json import NotJson
from costing.service.arrival import BodyShape, Read, Reader, split_body
from costing.service.authentication import demand
from costing.service.problem import GUARDED, documented, refuse
from costing.state.idempotency import Answer, KeyedRequest, KeyReused, answer_once
from costing.state.inbox import Origin, append
from costing.state.token import Scope

if TYPE_CHECKING:
    from costing.service.service import Service
    from costing.state.store import Transaction

PATH = "/api/v1/predictions"
KEY_HEADER = "idempotency-key"
MOST_KEY_CHARACTERS = 255

PredictionId = Annotated[str, Path(max_length=128, description="Id of the prediction, in full.")]
Book = Annotated[str | None, Query(description="Price book, if not the default one.")]

_RECORD = {"type": "object", "description": "A prediction or training as Replicate serves it."}
_ROW = {
    "type": "object",
    "required": ["line", "outcome"],
    "properties": {
        "line": {"type": "integer", "description": "Line, or place in the list, from 1."},
        "outcome": {"enum": ["accepted", "rejected"]},
        "id": {"type": "string"},
        "field": {"type": "string"},
        "reason": {"type": "string"},
    },
}
_RESULT = {
    "type": "object",
    "required": ["accepted", "rejected", "rows"],
    "properties": {
        "accepted": {"type": "integer"},
        "rejected": {"type": "integer"},
        "rows": {"type": "array", "items": _ROW},
    },
}
_RESULTS: dict[str, object] = {
    "description": "A result for each record; what was accepted is stored.",
    "content": {"application/json": {"schema": _RESULT}},
}
_COMMON = (HTTPStatus.UNPROCESSABLE_ENTITY, *GUARDED)


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one request, read."""

    rows: tuple[Read, ...]

    @property
    def rejected(self) -> int:
        """How many cannot be taken."""
        return sum(row.rejected is not None for row in self.rows)

    @property
    def accepted(self) -> int:
        """How many can."""
        return len(self.rows) - self.rejected

    def body(self) -> bytes:
        """The answer: a result for each."""
        rows = [_result(row) for row in self.rows]
        result = {"accepted": self.accepted, "rejected": self.rejected, "rows": rows}
        return f"{json.dumps(result)}\n".encode()


def make_router(service: Service) -> APIRouter:
    """The router of these addresses."""
    router = APIRouter(tags=["predictions"])

    @router.post(
        PATH,
        summary="Send records in",
        openapi_extra=_document(service.limits.most_rows),
        dependencies=[Depends(demand(service, Scope.INGEST))],
        response_class=Response,
        responses={
            200: _RESULTS,
            **documented(HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, *_COMMON),
        },
    )
    async def take_predictions(request: Request) -> Response:
        return await _take(service, request)

    @router.get(
        f"{PATH}/{{prediction_id}}/explain",
        summary="Why a prediction costs what it costs",
        dependencies=[Depends(demand(service, Scope.READ))],
        responses=documented(HTTPStatus.NOT_FOUND, *_COMMON),
    )
    async def explain(prediction_id: PredictionId, book: Book = None) -> JSONResponse:
        lines = await service.questions.ask(
            lambda: service.costing.explain(prediction_id, book=book)
        )
        return JSONResponse({"id": prediction_id, "lines": lines})

    return router


async def _take(service: Service, request: Request) -> Response:
    """Have the records of a request durable, and answer for each.

    Raises:
        Refused: the request cannot be read, or its key belongs to another one.
    """
    shape = _shape(request)
    key = _key(request)
    raw = await request.body()
    batch = await asyncio.to_thread(_read, service, raw, shape)
    answer = await service.write(_keeping(service, batch, _keyed(request, key, raw)))
    if isinstance(answer, KeyReused):
        detail = "the Idempotency-Key belongs to another request already"
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, detail, "choose a new key")
    if not answer.is_repeated:
        service.measures.count_rows(accepted=batch.accepted, rejected=batch.rejected)
        service.arrive(len(batch.rows))
    return Response(answer.body, answer.status, media_type="application/json")


def _document(most_rows: int) -> dict[str, object]:
    """The parts of the OpenAPI document that the function does not tell."""
    records = {"type": "array", "items": {}, "maxItems": most_rows}
    return {
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "A request sent again with the same key is answered as before.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": MOST_KEY_CHARACTERS,
                    "pattern": "^[!-~]+$",
                },
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                BodyShape.JSON.value: {"schema": {"oneOf": [_RECORD, records]}},
                BodyShape.LINES.value: {"schema": {"type": "string"}},
            },
        },
    }


def _shape(request: Request) -> BodyShape:
    """How the body is to be read.

    Raises:
        Refused: it is packed, or nobody can tell from its media type.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        detail = "the body is packed, and is not unpacked here"
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, "send it without Content-Encoding")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        return BodyShape(media_type)
    except ValueError:
        known = " or ".join(shape.value for shape in BodyShape)
        detail = "the body is of a media type that is not read here"
        raise refuse(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, f"say Content-Type: {known}"
        ) from None


def _key(request: Request) -> str | None:
    """The key of a request that may be sent again.

    Raises:
        Refused: it is none.
    """
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    is_plain = key.isascii() and key.isprintable() and " " not in key
    if not is_plain or not 0 < len(key) <= MOST_KEY_CHARACTERS:
        detail = f"the Idempotency-Key is not 1 to {MOST_KEY_CHARACTERS} printable characters"
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, detail, "a UUID is a good one")
    return key


def _keyed(request: Request, key: str | None, raw: bytes) -> KeyedRequest | None:
    if key is None:
        return None
    kind = request.headers.get("content-type", "").encode("latin-1")
    return KeyedRequest(request.state.client, key, sha256(kind + b"\n" + raw).digest())


def _read(service: Service, raw: bytes, shape: BodyShape) -> Batch:
    """Every record of the body; a mark of its encoding is read over.

    Raises:
        Refused: the body is no JSON, holds no list and no object, or too many records.
    """
    raw = raw.removeprefix(BOM_UTF8)
    most = service.limits.most_rows
    try:
        pieces = list(islice(split_body(raw, shape), most + 1))
    except NotJson as error:
        raise refuse(HTTPStatus.BAD_REQUEST, str(error)) from None
    if len(pieces) > most:
        detail = f"the body holds more than {most} records"
        raise refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, "send it in parts")
    if shape is BodyShape.JSON and not raw.lstrip().startswith((b"{", b"[")):
        raise refuse(HTTPStatus.BAD_REQUEST, "the body is neither a record nor a list of records")
    reader = Reader(Origin.API, service.hash_key)
    return Batch(tuple(reader.read(value, line) for line, value in pieces))


def _keeping(
    service: Service, batch: Batch, keyed: KeyedRequest | None
) -> Callable[[Transaction], Answer | KeyReused]:
    """What stores the rows and, with a key, the answer."""
    now = service.clock()

    def keep(transaction: Transaction) -> Answer | KeyReused:
        def act() -> Answer:
            append(transaction, [row.arrival for row in batch.rows], now)
            return Answer(HTTPStatus.OK, batch.body())

        return act() if keyed is None else answer_once(transaction, keyed, now, act)

    return keep


def _result(row: Read) -> dict[str, object]:
    if row.rejected is None:
        return {"line": row.line, "outcome": "accepted", "id": row.id}
    told = {"line": row.line, "outcome": "rejected", "reason": row.rejected.reason}
    return {**told, "field": row.rejected.field} if row.rejected.field else told
