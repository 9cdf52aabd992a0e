"""What is answered when something cannot be done: problem+json, RFC 9457.

Rule of this file: every answer of 400 and above has this one shape, and the table of statuses
stands here. What and help are the words that the command line prints (`costing.failure`). Where
something lies on this machine is for its log, and so is a fault of the program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from costing.budget.place import NoBudgets
from costing.errors import CostingError, HomeUnusable, Locked, NotFound, UsageError
from costing.failure import failure_of
from costing.ledger.error import NoLedger
from costing.service.error import ServiceBusy, TooSlow
from costing.state.error import StateFull, StateReplaced, TooManyWaiting, WriterStopped
from pricing.calendar import PeriodError
from pricing.error import FindingsRefused, MalformedFile, PricingError, UnknownBook
from reports.errors import BadQuery, ReportError, UnknownReport

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
"""When to try again after 503: folds take about as long, and Replicate gives up after a minute."""

STATUSES: dict[type[Exception], HTTPStatus] = {
    Exception: HTTPStatus.INTERNAL_SERVER_ERROR,
    UsageError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    NoLedger: HTTPStatus.NOT_FOUND,
    NoBudgets: HTTPStatus.NOT_FOUND,
    Locked: HTTPStatus.SERVICE_UNAVAILABLE,
    HomeUnusable: HTTPStatus.SERVICE_UNAVAILABLE,
    StateFull: HTTPStatus.SERVICE_UNAVAILABLE,
    StateReplaced: HTTPStatus.SERVICE_UNAVAILABLE,
    TooManyWaiting: HTTPStatus.SERVICE_UNAVAILABLE,
    WriterStopped: HTTPStatus.SERVICE_UNAVAILABLE,
    ServiceBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    TooSlow: HTTPStatus.SERVICE_UNAVAILABLE,
    PricingError: HTTPStatus.UNPROCESSABLE_ENTITY,
    PeriodError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownBook: HTTPStatus.NOT_FOUND,
    FindingsRefused: HTTPStatus.INTERNAL_SERVER_ERROR,
    MalformedFile: HTTPStatus.INTERNAL_SERVER_ERROR,
    ReportError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownReport: HTTPStatus.NOT_FOUND,
    BadQuery: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Status of each kind of error; one that is not listed has that of its nearest parent."""

BOUNDED = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""What any request may be answered by the bounds on all of them (`costing.service.limits`)."""

GUARDED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, *BOUNDED)
"""The same where a token is demanded, too."""

SCHEMA: dict[str, object] = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in one sentence."},
        "help": {"type": "string", "description": "The next step."},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that something cannot be done.

    Attributes:
        detail: what is wrong, one sentence without a final dot.
        help: the next step, '' where there is none.
        headers: further headers of the answer.
    """

    status: HTTPStatus
    detail: str = ""
    help: str = ""
    notes: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """The problem as JSON."""
        members: dict[str, object] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
        }
        members |= {"detail": self.detail} if self.detail else {}
        members |= {"help": self.help} if self.help else {}
        members |= {"notes": list(self.notes)} if self.notes else {}
        return f"{json.dumps(members)}\n".encode()

    def response(self) -> Response:
        """The problem as an answer; after 503 it says when to try again."""
        headers = dict(self.headers)
        if self.status is HTTPStatus.SERVICE_UNAVAILABLE:
            headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        return Response(self.body(), self.status, headers, media_type=MEDIA_TYPE)


class Refused(Exception):
    """A request that is answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def refuse(status: HTTPStatus, detail: str, help: str = "") -> Refused:  # noqa: A002 - as shown
    """The refusal of a request, to be raised."""
    return Refused(Problem(status, detail, help))


def status_of(kind: type[BaseException]) -> HTTPStatus:
    """The status of a class of errors, inherited from its nearest listed parent.

    >>> status_of(StateFull)
    <HTTPStatus.SERVICE_UNAVAILABLE: 503>
    """
    return next(STATUSES[parent] for parent in kind.__mro__ if parent in STATUSES)


def problem_of(error: Exception) -> Problem:
    """The problem that stands for an error of ours; notes that name a file are for its log."""
    status = status_of(type(error))
    failure = failure_of(error)
    notes = () if isinstance(error, FindingsRefused) else failure.notes
    return Problem(status, failure.what, failure.help, notes)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, object]]:
    """These statuses as a route's OpenAPI responses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {one.value: {"description": one.phrase, "content": content} for one in statuses}


def answer_with_problems(application: FastAPI) -> None:
    """Have every error, whoever raises it, answered with a problem."""
    application.add_exception_handler(Refused, _on_refused)
    application.add_exception_handler(HTTPException, _on_http)
    application.add_exception_handler(RequestValidationError, _on_invalid)
    for root in (CostingError, PricingError, ReportError):
        application.add_exception_handler(root, _on_known)
    application.add_exception_handler(Exception, _on_fault)


async def _on_refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.problem.response()


async def _on_known(_request: Request, error: Exception) -> Response:
    return problem_of(error).response()


async def _on_http(_request: Request, error: Exception) -> Response:
    """No such address, no such method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    help_ = "GET /openapi.json lists all addresses" if status in {404, 405} else ""
    return Problem(status, "", help_, headers=dict(error.headers or {})).response()


async def _on_invalid(_request: Request, error: Exception) -> Response:
    """A parameter that is none or cannot have its value; the value itself is not repeated."""
    assert isinstance(error, RequestValidationError)
    notes = [
        f"{'.'.join(map(str, one['loc'][1:])) or one['loc'][0]}: {one['msg']}"
        for one in error.errors()
    ]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "a parameter is wrong", "", notes).response()


async def _on_fault(_request: Request, _error: Exception) -> Response:
    """A fault of the program: told in the log, not to the caller."""
    detail = "a fault of the program; the service's log tells of it"
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail).response()
