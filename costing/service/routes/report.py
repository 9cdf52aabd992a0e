"""`/api/v1/reports`: the reports of the command line, with its parameters and its formats.

Rule of this file: no report, parameter or format is named here. The parameters are the fields of
`costing.request.ReportRequest`, read as their types say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, fields
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, get_args, get_type_hints

from fastapi import APIRouter, Depends, Path, Request, Response

from costing.errors import UsageError
from costing.request import ReportRequest, options_asked, split_list
from costing.service.authentication import demand
from costing.service.problem import GUARDED, documented, refuse
from costing.state.token import Scope
from reports.formats import FORMATS, Format, Style, find_format
from reports.query import list_queries

if TYPE_CHECKING:
    from costing.service.service import Service

PATH = "/api/v1/reports"
DEFAULT_FORMAT = "json"
FORMAT_PARAMETER = "format"

_SWITCH = {"true": True, "false": False}

ReportName = Annotated[str, Path(description="As `GET /api/v1/reports` lists it.")]


def make_router(service: Service) -> APIRouter:
    """The router of these addresses."""
    router = APIRouter(
        prefix=PATH, tags=["reports"], dependencies=[Depends(demand(service, Scope.READ))]
    )

    @router.get("", summary="The reports there are", responses=documented(*GUARDED))
    async def list_reports() -> list[dict[str, str]]:
        return [
            {"name": one.name, "title": one.title, "summary": one.summary} for one in list_queries()
        ]

    @router.get(
        "/{name}",
        summary="One report",
        description="The same parameters and the same answer as `costing report NAME`.",
        openapi_extra={"parameters": list(_describe_parameters())},
        response_class=Response,
        responses={
            200: {
                "description": "The report.",
                "content": {_bare(one): {} for one in FORMATS.values()},
            },
            **documented(
                HTTPStatus.NOT_FOUND,
                HTTPStatus.NOT_ACCEPTABLE,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                *GUARDED,
            ),
        },
    )
    async def show_report(name: ReportName, request: Request) -> Response:
        given = dict.fromkeys(request.query_params)
        texts = {key: request.query_params.getlist(key) for key in given}
        chosen = choose_format(texts.pop(FORMAT_PARAMETER, []), request.headers.get("accept", ""))
        asked = read_request(name, texts)
        data = await service.questions.ask(lambda: _answer(service, asked, chosen))
        return Response(data, headers={"Vary": "Accept"}, media_type=chosen.media_type)

    return router


def _answer(service: Service, asked: ReportRequest, chosen: Format) -> bytes:
    table = service.costing.report_table(asked)
    again = options_asked(asked, table.head.period)
    style = Style(full_precision=asked.full_precision, width=None, asked=again)
    return chosen.render(table, style)


def choose_format(named: list[str], accept: str) -> Format:
    """The format that is named; else the first that the caller accepts; else JSON.

    Raises:
        UnknownFormat: there is none of that name.
        Refused: nothing that the caller accepts is written here.
    """
    if named:
        return find_format(named[-1])
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    for media_type in wanted:
        if media_type in {"*/*", "application/*"}:
            return FORMATS[DEFAULT_FORMAT]
        for one in FORMATS.values():
            if _bare(one) == media_type:
                return one
    if wanted:
        detail = "no format of reports is of a media type that you accept"
        advice = f"name one by ?{FORMAT_PARAMETER}=, of {', '.join(FORMATS)}"
        raise refuse(HTTPStatus.NOT_ACCEPTABLE, detail, advice)
    return FORMATS[DEFAULT_FORMAT]


def _bare(one: Format) -> str:
    """The media type without its parameters, as it is compared."""
    return one.media_type.partition(";")[0]


def read_request(name: str, texts: Mapping[str, list[str]]) -> ReportRequest:
    """The request that the texts of a query string make.

    >>> read_request("daily", {"month": ["2026-10"], "by": ["model,tag:team"]}).by
    ('model', 'tag:team')

    Raises:
        UsageError: there is no such parameter, or it cannot have the value.
    """
    kinds = _parameters()
    return ReportRequest.of(
        name, {key: _read(key, given, kinds.get(key, (str,))) for key, given in texts.items()}
    )


def _read(key: str, texts: list[str], kinds: tuple[object, ...]) -> object:
    """The value of a parameter in one of the types that its field may have."""
    if key == "by":
        return list(split_list(texts))
    if tuple in kinds:
        return texts
    if len(texts) > 1:
        raise UsageError(f'report parameter "{key}" is given {len(texts)} times', help="once is it")
    [text] = texts
    if bool in kinds:
        if text not in _SWITCH:
            raise UsageError(f'report parameter "{key}" cannot be "{text}"', help="true or false")
        return _SWITCH[text]
    if int in kinds:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise UsageError(f'report parameter "{key}" is no whole number', help="for example 10")
        return int(text)
    return text


@cache
def _parameters() -> dict[str, tuple[object, ...]]:
    """Each parameter as it is written in a query string, with the types that it may have."""
    hints = get_type_hints(ReportRequest)
    return {_spelled(one): _kinds(hints[one.name]) for one in fields(ReportRequest)[1:]}


def _spelled(one: Field[object]) -> str:
    return one.name.rstrip("_")


def _kinds(hint: object) -> tuple[object, ...]:
    """The plain types in a hint: `tuple[str, ...] | None` is a tuple."""
    parts = get_args(hint) if type(None) in get_args(hint) else (hint,)
    return tuple(getattr(part, "__origin__", part) for part in parts)


def _describe_parameters() -> Iterator[dict[str, object]]:
    """The parameters as the OpenAPI document tells them."""
    for name, kinds in _parameters().items():
        schema: dict[str, object] = {"type": "string"}
        if tuple in kinds:
            schema = {"type": "array", "items": schema}
        elif bool in kinds:
            schema = {"type": "boolean"}
        elif int in kinds:
            schema = {"type": "integer", "minimum": 1}
        yield {"name": name, "in": "query", "required": False, "schema": schema}
    names: dict[str, object] = {"type": "string", "enum": list(FORMATS)}
    yield {"name": FORMAT_PARAMETER, "in": "query", "required": False, "schema": names}
