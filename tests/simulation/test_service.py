"""Simulations over HTTP: the command line's answer, within bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.service.running import Running, costing, running
from tests.simulation.question import SMALL

PATH = "/api/v1/simulations"
QUESTION = {
    "requests_per_day": 2000,
    "seconds": 6,
    "hardware": "gpu-a100-large",
    "days": 7,
    "replications": 5,
}
TOO_OFTEN = QUESTION | {"replications": 2000, "requests_per_day": 20000}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("home")) as service:
        yield service


def test_answer_is_that_of_the_command_line(service: Running) -> None:
    answer = service.client.post(PATH, json=QUESTION, timeout=60)
    shown = costing(service.home, "simulate", *SMALL, "--format", "json")

    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(shown.stdout)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"nonsense", 400, "no JSON object"),
        (b'{"second": 6}', 422, "seconds"),
        (b'{"seconds": 0}', 422, "1e-09 or more"),
        (json.dumps(QUESTION | {"requests_per_day": 10**9}).encode(), 422, "may be played"),
        (json.dumps(TOO_OFTEN).encode(), 422, "may be played"),
        (
            json.dumps(QUESTION | {"growth_per_week": 100, "days": 366}).encode(),
            422,
            "may be played",
        ),
        (b'{"seconds": NaN}', 422, "must be a number"),
        (b'{"seconds": 1e999}', 422, "not so large"),
        (b'{"seconds": %b}' % (b"9" * 4000), 422, "must be a number"),
        (b'{"seconds": %b}' % (b"9" * 5000), 400, "no JSON object"),
        (b"[" * 50_000, 400, "no JSON object"),
        (b'{"week": {"a": []}}', 422, "168 weights"),
        (b'{"policies": ["fleet 5 spares 999999"]}', 422, "missing"),
        (b'{"from": "2026-01-01"}', 422, "about a history"),
        (
            json.dumps(QUESTION | {"policies": ["fleet 1 spares 999999"]}).encode(),
            422,
            "impossible",
        ),
    ],
    ids=[
        *("no-json", "unknown", "impossible", "too-many-requests", "too-many-replications"),
        *("too-much-growth", "nan", "infinite", "long", "too-long", "deep", "no-week"),
        *("nothing-else", "no-history", "too-many-spares"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    service: Running, body: bytes, status: int, said: str
) -> None:
    answer = service.client.post(PATH, content=body)

    assert answer.status_code == status, answer.text
    assert said in answer.text
