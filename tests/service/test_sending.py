"""Records sent in over HTTP: a result for each, once for a key."""

from __future__ import annotations

import codecs
import gzip
import json

import httpx
import pytest

from costing.state.inbox import Kind
from tests.service.running import Running, prediction

PATH = "/api/v1/predictions"
JSON = {"content-type": "application/json"}
LINES = {"content-type": "application/x-ndjson"}


def _ids(service: Running) -> list[str]:
    return [json.loads(row.body)["id"] for row in service.inbox() if row.kind is Kind.RECORD]


def _send(service: Running, value: object, headers: dict[str, str] | None = None) -> httpx.Response:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return service.client.post(PATH, content=content, headers=headers or JSON)


def test_one_record_is_taken(service: Running) -> None:
    answer = _send(service, prediction("one"))

    assert answer.json() == {
        "accepted": 1,
        "rejected": 0,
        "rows": [{"line": 1, "outcome": "accepted", "id": "one"}],
    }
    assert _ids(service).count("one") == 1


def test_bad_record_of_a_list_stops_no_other(service: Running) -> None:
    answer = _send(service, [prediction("first"), {"id": "x"}, 5, prediction("last")])

    told = answer.json()
    assert (answer.status_code, told["accepted"], told["rejected"]) == (200, 2, 2)
    assert [row["outcome"] for row in told["rows"]] == [
        "accepted",
        "rejected",
        "rejected",
        "accepted",
    ]
    assert told["rows"][1] == {
        "line": 2,
        "outcome": "rejected",
        "reason": "status is missing",
        "field": "status",
    }
    assert {"first", "last"} <= set(_ids(service))


def test_lines_are_counted_as_they_stand(service: Running) -> None:
    lines = [json.dumps(prediction("line1")), "", '{"id": "cut', json.dumps(prediction("line4"))]

    answer = _send(service, "\n".join(lines).encode(), LINES)

    rows = answer.json()["rows"]
    assert [(row["line"], row["outcome"]) for row in rows] == [
        (1, "accepted"),
        (3, "rejected"),
        (4, "accepted"),
    ]


def test_request_with_a_key_is_done_once(service: Running) -> None:
    headers = {**JSON, "idempotency-key": "once"}
    accepted = 'costing_api_rows_total{outcome="accepted"}'

    first = _send(service, prediction("keyed"), headers)
    count = service.count(accepted)
    again = _send(service, prediction("keyed"), headers)

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert _ids(service).count("keyed") == 1
    assert service.count(accepted) == count


def test_key_of_another_request_is_refused(service: Running) -> None:
    headers = {**JSON, "idempotency-key": "reused"}
    _send(service, prediction("reused"), headers)

    answer = _send(service, prediction("other"), headers)

    assert answer.status_code == 422
    assert "other" not in _ids(service)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b"5", JSON, 400),
        (b'"text"', JSON, 400),
        (b"{}", {}, 415),
        (b"{}", {"content-type": "text/plain"}, 415),
        (gzip.compress(b"{}", mtime=0), {**LINES, "content-encoding": "gzip"}, 415),
        (b"[" + b"{}," * 1000 + b"{}]", JSON, 413),
        (b"{}\n" * 1001, LINES, 413),
        (b" " * 1_100_000, JSON, 413),
        (b"{}", {**JSON, "idempotency-key": ""}, 422),
        (b"{}", {**JSON, "idempotency-key": "x" * 256}, 422),
        (b"[" * 100_000, JSON, 400),
    ],
)
def test_request_that_cannot_be_read_is_a_problem(
    service: Running, content: bytes, headers: dict[str, str], status: int
) -> None:
    before = len(service.inbox())

    answer = service.client.post(PATH, content=content, headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(service.inbox()) == before


@pytest.mark.parametrize("headers", [JSON, LINES], ids=["json", "lines"])
def test_mark_of_the_encoding_is_read_over(service: Running, headers: dict[str, str]) -> None:
    body = codecs.BOM_UTF8 + json.dumps(prediction("marked")).encode()

    assert _send(service, body, headers).json()["accepted"] == 1


def test_list_of_nothing_is_taken(service: Running) -> None:
    assert _send(service, []).json() == {"accepted": 0, "rejected": 0, "rows": []}
