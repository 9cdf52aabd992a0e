"""Questions over HTTP: the command line's answers, byte for byte, and problems for all else."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from costing.lock import writing
from reports.formats import FORMATS
from reports.query import query_names
from tests.service.running import ROOT, Running, costing, running
from tests.turn import a_turn

PROBLEM = "application/problem+json"
NEEDED = {"compare": {"other_book": "api-map"}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service over the examples."""
    home = tmp_path_factory.mktemp("home")
    assert costing(home, "ingest", str(ROOT / "examples" / "predictions.jsonl")).returncode == 0
    with running(home) as service:
        yield service


@pytest.mark.parametrize("name", query_names())
def test_every_report_is_that_of_the_command_line(service: Running, name: str) -> None:
    given = {**NEEDED.get(name, {})}
    options = [part for key, text in given.items() for part in (f"--{key.replace('_', '-')}", text)]

    answer = service.client.get(f"/api/v1/reports/{name}", params=given)
    shown = costing(service.home, "report", name, *options, "--format", "json")

    assert answer.status_code == 200
    ours, theirs = answer.json(), json.loads(shown.stdout)
    del ours["period"], theirs["period"]  # The end of one without an end is now.
    assert ours == theirs


@pytest.mark.parametrize("form", ["json", "csv", "table", "markdown"])
def test_format_is_byte_for_byte_that_of_the_command_line(service: Running, form: str) -> None:
    asked = {"month": "2024-10", "by": "model,hardware", "tz": "Europe/Berlin", "format": form}

    answer = service.client.get("/api/v1/reports/monthly", params=asked)

    options = ["--month", "2024-10", "--by", "model,hardware", "--tz", "Europe/Berlin"]
    shown = costing(service.home, "report", "monthly", *options, "--format", form)
    assert answer.content.decode() == shown.stdout


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_answered(service: Running, form: str) -> None:
    answer = service.client.get(f"/api/v1/reports/monthly?month=2024-10&format={form}")

    assert answer.status_code == 200
    assert answer.content


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/html, text/markdown;q=0.5", "text/markdown; charset=utf-8"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("*/*", "application/json"),
    ],
)
def test_accept_chooses_the_format(service: Running, accept: str, media_type: str) -> None:
    answer = service.client.get("/api/v1/reports/monthly?month=2024-10", headers={"accept": accept})

    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/api/v1/reports/montly", 404),
        ("/api/v1/reports/monthly?format=xls", 422),
        ("/api/v1/reports/monthly?month=2024-13", 422),
        ("/api/v1/reports/monthly?month=", 422),
        ("/api/v1/reports/monthly?month=2024-10&month=2024-11", 422),
        ("/api/v1/reports/monthly?mouth=2024-10", 422),
        ("/api/v1/reports/monthly?by=nothing", 422),
        ("/api/v1/reports/monthly?where=model", 422),
        ("/api/v1/reports/monthly?tz=Mars/Base", 422),
        ("/api/v1/reports/monthly?book=none", 404),
        pytest.param(f"/api/v1/reports/monthly?book={'x' * 3000}", 404, id="long-name-of-a-book"),
        ("/api/v1/reports/monthly?full_precision=maybe", 422),
        ("/api/v1/reports/compare", 422),
        ("/api/v1/predictions/nothing/explain", 404),
        ("/api/v1/prices/none", 404),
        ("/api/v1/prices/replicate@none", 422),
        ("/api/v1/prices/replicate?at=never", 422),
    ],
)
def test_question_that_makes_no_sense_is_a_problem(
    service: Running, path: str, status: int
) -> None:
    answer = service.client.get(path)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json().get("help", "")


def test_method_that_is_none_is_a_problem(service: Running) -> None:
    answer = service.client.delete("/api/v1/reports")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.headers["content-type"] == PROBLEM


def test_media_type_that_is_not_written_is_a_problem(service: Running) -> None:
    answer = service.client.get("/api/v1/reports/monthly", headers={"accept": "image/png"})

    assert (answer.status_code, answer.headers["content-type"]) == (406, PROBLEM)


def test_explanation_is_that_of_the_command_line(service: Running) -> None:
    lines = (ROOT / "examples" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    id_ = json.loads(lines[0])["id"]

    answer = service.client.get(f"/api/v1/predictions/{id_}/explain")

    shown = costing(service.home, "explain", id_).stdout
    assert answer.json() == {"id": id_, "lines": shown.splitlines()}


def test_prices_are_those_of_the_command_line(service: Running) -> None:
    books = service.client.get("/api/v1/prices").json()
    rates = service.client.get("/api/v1/prices/replicate?at=2024-10-01").json()

    listed = json.loads(costing(service.home, "prices", "list", "--format", "json").stdout)
    shown = costing(
        service.home, "prices", "show", "replicate", "--at", "2024-10-01", "--format", "json"
    )
    assert (books, rates) == (listed, json.loads(shown.stdout))


def test_ledger_that_is_held_is_a_problem_that_names_the_holder(service: Running) -> None:
    with writing(service.home, a_turn(command="the test's writer")):
        answer = service.client.get("/api/v1/reports/monthly?month=2024-10")
        ready = service.client.get("/readyz")

    assert answer.status_code == 503
    assert "the test's writer" in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert ready.status_code == 200


def test_held_ledger_keeps_nobody_from_what_needs_no_ledger(service: Running) -> None:
    ask = b"GET /api/v1/reports/monthly HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    with ExitStack() as opened:
        askers = [opened.enter_context(socket.create_connection(service.place)) for _ in range(4)]
        with writing(service.home, a_turn(command="an analyst")):
            for asker in askers:
                asker.sendall(ask)
            service.client.get("/healthz")  # Whoever answers this has read what was sent before.
            ready = service.client.get("/readyz")
            prices = service.client.get("/api/v1/prices")
        reports = [asker.makefile("rb").readline() for asker in askers]

    assert (ready.status_code, prices.status_code) == (200, 200)
    assert "an analyst" in ready.text
    assert reports == [b"HTTP/1.1 200 OK\r\n"] * 4


def test_health_is_told(service: Running) -> None:
    ready = service.client.get("/readyz").json()

    assert service.client.get("/healthz").json() == {"status": "ok"}
    assert ready["ready"]
    assert [(one["name"], one["verdict"]) for one in ready["checks"]][:3] == [
        ("state", "pass"),
        ("ledger", "pass"),
        ("webhook secret", "pass"),
    ]
