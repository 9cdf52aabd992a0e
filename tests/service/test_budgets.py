"""Budgets over HTTP and at an interval: the command line's answer, and alerts without a cron."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from math import isnan
from pathlib import Path

import pytest

from costing.app import Costing
from costing.doctor import Verdict
from costing.service.readiness import check_rounds
from costing.service.service import Service, Upkeep
from costing.settings import Settings
from tests.budget.sample import write_spend
from tests.notify.receiver import FAILED, Receiver
from tests.service.running import SERVE, Running, costing, running

PATH = "/api/v1/budgets"
PROBLEM = "application/problem+json"
BUDGET = '[[budget]]\nname = "all"\nlimit_usd = 10\nthresholds = ["80%"]\nperiod = "year"\n'
SLACK = '[[channel]]\nname = "ops"\ntype = "slack"\nurl_file = "slack.url"\n'
MOST_LOOKS = 10_000
CHANGING = ("pace", "forecast")  # With every second that passes.


def _fill(home: Path, channel: str = "", url: str = "") -> None:
    (home / "budgets.toml").write_text(BUDGET + channel)
    (home / "slack.url").write_text(url)
    Costing(Settings(home=home)).ingest([write_spend(home / "one", [(datetime.now(UTC), "9.1")])])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service over a ledger and one budget, that checks nothing by itself."""
    home = tmp_path_factory.mktemp("home")
    _fill(home)
    with running(home) as service:
        yield service


def _settled(document: dict[str, object]) -> dict[str, object]:
    """A document without what changes while it is asked for twice."""
    rows = document["rows"]
    assert isinstance(rows, list)
    kept = [{key: value for key, value in row.items() if key not in CHANGING} for row in rows]
    return {**document, "rows": kept, "evaluated_at": ""}


def test_budgets_are_those_of_the_command_line(service: Running) -> None:
    answer = service.client.get(PATH)
    shown = costing(service.home, "budget", "status", "--format", "json")

    assert answer.status_code == 200
    assert _settled(answer.json()) == _settled(json.loads(shown.stdout))
    [row] = answer.json()["rows"]
    assert (row["budget"], row["spent_usd"], row["reached"]) == ("all", "9.1", ["actual:80pct"])


def test_budgets_are_in_the_document(service: Running) -> None:
    paths = service.client.get("/openapi.json").json()["paths"]

    assert {"200", "401", "403", "404", "500", "503"} <= paths[PATH]["get"]["responses"].keys()


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        pytest.param(None, 404, "there are no budgets", id="no file"),
        pytest.param("[[budget]]\n", 500, "budgets.toml refused", id="file with errors"),
        pytest.param("[[budget\n", 500, "budgets.toml refused", id="no TOML"),
        pytest.param(f"{BUDGET}[[channel]]\n", 500, "budgets.toml refused", id="channel"),
    ],
)
def test_budgets_that_cannot_be_read_are_a_problem(
    service: Running, content: str | None, status: int, detail: str
) -> None:
    file = service.home / "budgets.toml"
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_text(content)

    answer = service.client.get(PATH)

    file.write_text(BUDGET)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["detail"].startswith(detail)
    assert str(service.home) not in answer.text


def test_budgets_need_the_scope_of_readers(tmp_path: Path) -> None:
    _fill(tmp_path)
    token = costing(tmp_path, "token", "create", "sender", "--scope", "ingest").stdout.strip()

    with running(tmp_path) as service:
        bare = service.client.get(PATH)
        given = service.client.get(PATH, headers={"authorization": f"Bearer {token}"})

    assert (bare.status_code, given.status_code) == (401, 403)


def test_service_tells_once_what_is_reached(tmp_path: Path) -> None:
    with Receiver() as receiver:
        _fill(tmp_path, SLACK, receiver.url)
        with running(tmp_path, [*SERVE, "--check-budgets", "9w"]) as service:
            is_told = receiver.arrived.wait(60)
            ended = service.end()
    repeated = Costing(Settings(home=tmp_path)).check_budgets()

    assert is_told
    assert ended[0] == 0
    assert len(receiver.heard) == 1
    assert "budget all reached 80%" in receiver.heard[0].json["text"]
    assert repeated.opened == ()


def test_check_is_measured_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("costing.service").propagate = True
    with Receiver(lambda _: FAILED) as receiver:
        _fill(tmp_path, SLACK, receiver.url)
        own = Costing(Settings(home=tmp_path))
        service = Service(own, upkeep=Upkeep(check_budgets=own.check_budgets))
        checks = service.round_of("budgets")
        assert checks is not None
        before = check_rounds(service, checks)
        checks.act()
        after = check_rounds(service, checks)
    (tmp_path / "budgets.toml").write_text("[[budget]]\n")
    checks.act()
    broken = check_rounds(service, checks)

    assert [one.verdict for one in (before, after, broken)] == [
        Verdict.WARN,
        Verdict.PASS,
        Verdict.WARN,
    ]
    assert "budgets.toml refused" in broken.found
    assert caplog.messages == ["message not delivered", "budgets failed"]
    counted = service.measures.text().decode()
    for outcome in ("done", "failed"):
        assert f'costing_rounds_total{{outcome="{outcome}",what="budgets"}} 1.0' in counted


def test_metrics_tell_the_age_of_the_last_check_and_what_is_to_be_sent(tmp_path: Path) -> None:
    with Receiver(lambda _: FAILED) as receiver:
        _fill(tmp_path, SLACK, receiver.url)
        with running(tmp_path, [*SERVE, "--check-budgets", "1s"]) as service:
            assert receiver.arrived.wait(60)
            ages = (service.count("costing_budgets_age_seconds") for _ in range(MOST_LOOKS))
            age_seconds = next(age for age in ages if not isnan(age))
            waiting = service.count("costing_undelivered_messages")
            checks = {one["name"] for one in service.client.get("/readyz").json()["checks"]}

    assert age_seconds >= 0
    assert waiting == 1
    assert "budgets" in checks


def test_service_without_checks_has_no_line_for_them(service: Running) -> None:
    names = {one["name"] for one in service.client.get("/readyz").json()["checks"]}

    assert "budgets" not in names
    assert str(service.count("costing_budgets_age_seconds")) == "nan"


@pytest.mark.parametrize("content", [None, "[[budget]]\n"], ids=["no file", "file with errors"])
def test_service_that_cannot_check_does_not_begin(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "budgets.toml").write_text(content)

    done = costing(tmp_path, "serve", "--port", "0", "--check-budgets", "5m")

    assert done.returncode == 2
    assert "budgets" in done.stderr
