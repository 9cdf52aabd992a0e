"""From the inbox to the ledger: nothing is lost, nothing is doubled, whoever is killed and when."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costing.app import Costing
from costing.errors import LedgerLocked
from costing.fold import FoldSummary, backlog_of
from costing.ingest.row import read_row
from costing.ledger.connection import opened
from costing.lock import writing
from costing.request import ReportRequest
from costing.settings import Settings
from costing.state.connection import open_store
from costing.state.file import STATE_FILE
from costing.state.inbox import Arrival, Kind, Origin, append
from tests.ingest.records import Record, life
from tests.turn import a_turn

START = datetime(2026, 10, 1, tzinfo=UTC)
OCTOBER = {"month": "2026-10"}
FOLD = "import costing; costing.open().fold()"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def costing(home: Path) -> Costing:
    return Costing(Settings(home=home, lock_wait_seconds=0), clock=lambda: START)


def arrive(home: Path, *records: Record, origin: Origin = Origin.WEBHOOK) -> None:
    arrivals = []
    for record in records:
        row = read_row(json.dumps(record).encode(), line=1)
        kind = Kind.RECORD if "is_retriable" not in row.to_json().decode() else Kind.REJECTED
        arrivals.append(Arrival(origin, kind, row.to_json()))
    with open_store(home) as state, state.transaction() as transaction:
        append(transaction, arrivals, START)


def look(home: Path, at: datetime, kind: Kind, shown: dict[str, object]) -> None:
    body = json.dumps(shown).encode()
    with open_store(home) as state, state.transaction() as transaction:
        append(transaction, [Arrival(Origin.SYNC, kind, body)], at)


def ids(home: Path) -> list[str]:
    with opened(home, a_turn()) as connection:
        return [one for (one,) in connection.execute("select id from prediction").fetchall()]


def ended(number: int) -> Record:
    return {**life(number, 10, "succeeded")[2], "hardware": "gpu-t4"}


def test_nothing_to_fold_makes_nothing(costing: Costing, home: Path) -> None:
    assert costing.fold() == FoldSummary()
    assert not home.exists()


def test_what_arrived_is_in_the_ledger_and_no_more_in_the_inbox(
    costing: Costing, home: Path
) -> None:
    arrive(home, *life(1, 10, "succeeded"), ended(2))

    summary = costing.fold()

    assert (summary.rows, summary.taken, summary.updated) == (4, 2, 2)
    assert sorted(ids(home)) == sorted({str(ended(n)["id"]) for n in (1, 2)})
    assert backlog_of(home).row_count == 0


def test_a_second_fold_of_the_same_changes_nothing(costing: Costing, home: Path) -> None:
    arrive(home, ended(1), origin=Origin.SYNC)
    costing.fold()
    arrive(home, ended(1), origin=Origin.SYNC)
    summary = costing.fold()

    assert (summary.taken, summary.unchanged) == (0, 1)


def test_an_end_is_not_undone_by_what_arrives_late(costing: Costing, home: Path) -> None:
    starting, processing, end = life(1, 10, "succeeded")
    for record in (end, starting, processing):
        arrive(home, record)
        costing.fold()

    frame = costing.report("monthly", by=["status"], **OCTOBER)

    assert frame["status"].to_list() == ["succeeded"]


def test_a_rejected_arrival_is_kept_with_its_reason(costing: Costing, home: Path) -> None:
    arrive(home, ended(1), {**ended(2), "status": None})

    summary = costing.fold()

    assert (summary.taken, summary.rejected) == (1, 1)
    assert "status" in costing.report("rejected")["reason"].to_list()[0]


def test_rejected_arrivals_are_told_apart(costing: Costing, home: Path) -> None:
    arrive(home, *[{**ended(2), "status": None}] * 3)

    assert costing.fold().rejected == 3
    assert len(costing.report("rejected")) == 3


def test_a_damaged_row_stops_no_other(costing: Costing, home: Path) -> None:
    arrive(home, ended(1))
    with open_store(home) as state, state.transaction() as transaction:
        append(transaction, [Arrival(Origin.API, Kind.RECORD, b'{"id": "torn')], START)
    arrive(home, ended(2))

    summary = costing.fold()

    assert (summary.taken, summary.rejected) == (2, 1)
    assert backlog_of(home).row_count == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(Kind.RECORD, b"\xff{", id="no text"),
        pytest.param(Kind.RECORD, b"[]", id="a list for a record"),
        pytest.param(Kind.RECORD, json.dumps({"id": "a", "tags": [1]}).encode(), id="a part of it"),
        pytest.param(Kind.REJECTED, b'{"line": 1}', id="a part of a refused one"),
        pytest.param(Kind.DEPLOYMENT, b"{", id="a cut look"),
        pytest.param(Kind.DEPLOYMENT, b'{"deployments": [{"release": 1}]}', id="a part of a look"),
        pytest.param(Kind.MODEL, b'{"model": "a/b"}', id="a part of a model"),
        pytest.param(
            Kind.MODEL,
            b'{"model": "a/b", "visibility": "public", "is_official": "maybe"}',
            id="a model of another type",
        ),
    ],
)
def test_a_row_that_is_not_what_was_written_stops_no_other(
    costing: Costing, home: Path, kind: Kind, body: bytes
) -> None:
    arrive(home, ended(1))
    with open_store(home) as state, state.transaction() as transaction:
        append(transaction, [Arrival(Origin.SYNC, kind, body)], START)
    arrive(home, ended(2), origin=Origin.API)

    summary = costing.fold()

    assert (summary.taken, summary.rejected, summary.looks) == (2, 1, 0)
    assert backlog_of(home).row_count == 0


def test_a_file_called_like_an_origin_is_not_retried(
    costing: Costing, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arrive(home, {**ended(1), "status": None})
    costing.fold()
    monkeypatch.chdir(tmp_path)
    Path("webhook").write_text(json.dumps(ended(3)) + "\n")

    assert costing.ingest([], retry_rejected=True).total("taken") == 0


def test_where_a_record_came_from_is_told(costing: Costing, home: Path) -> None:
    arrive(home, ended(1), origin=Origin.SYNC)
    arrive(home, ended(2), origin=Origin.WEBHOOK)
    costing.fold()

    told = [costing.explain(str(ended(number)["id"]))[-1] for number in (1, 2)]

    assert [line.split()[2] for line in told] == ["sync", "webhook"]


def test_looks_become_evidence(costing: Costing, home: Path) -> None:
    release = {
        "deployment": "acme/live",
        "release": 1,
        "model": "acme/model-1",
        "version": "b" * 64,
        "hardware": "gpu-t4",
        "min_instances": 1,
        "max_instances": 2,
        "released_at": "2026-10-01T00:00:00",
    }
    look(home, START + timedelta(days=2), Kind.DEPLOYMENT, {"deployments": [release]})
    model = {"model": "acme/model-2", "visibility": "public", "is_official": True}
    look(home, START, Kind.MODEL, model)
    arrive(home, life(2, 10, "succeeded")[2])

    summary = costing.fold()
    costs = costing.report("monthly", by=["deployment"], **OCTOBER)
    unrated = costing.report("unrated", **OCTOBER)

    assert (summary.rows, summary.looks) == (1, 2)
    assert costs["amount_usd"].sum() == 2 * 86400 * Decimal("0.000225")
    assert unrated["reason"].to_list() == ["no_unit_price"]


def test_a_look_that_finds_nothing_makes_the_data_younger(costing: Costing, home: Path) -> None:
    arrive(home, ended(1))
    costing.fold()
    look(home, START + timedelta(days=3), Kind.DEPLOYMENT, {"deployments": []})
    costing.fold()

    table = costing.report_table(ReportRequest(name="monthly", month="2026-10"))

    assert table.head.data_as_of == START + timedelta(days=3)


def test_a_held_ledger_leaves_the_inbox_as_it_is(costing: Costing, home: Path) -> None:
    arrive(home, ended(1))
    with writing(home, a_turn(command="someone")), pytest.raises(LedgerLocked):
        costing.fold()

    assert backlog_of(home).row_count == 1


def test_a_report_folds_first(costing: Costing, home: Path) -> None:
    arrive(home, ended(1))

    assert costing.report("monthly", by=[], **OCTOBER)["predictions"].to_list() == [1]


def test_a_report_tells_of_an_inbox_that_cannot_be_read(costing: Costing, home: Path) -> None:
    arrive(home, ended(1))
    costing.fold()
    (home / STATE_FILE).write_bytes(b"no database at all" * 100)
    told: list[str] = []

    Costing(costing.settings, announce=told.append).report("monthly", **OCTOBER)

    assert told == [
        "what arrived lately is missing here: the state cannot be read; `costing doctor`"
    ]


def test_killed_folders_lose_and_double_nothing(home: Path) -> None:
    chance = random.Random(7)
    path = os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "COSTING_HOME": str(home), "PYTHONPATH": path}
    sent = set()
    for batch in range(12):
        records = [{**ended(1), "id": f"{batch:02}{number:03}{'k' * 21}"} for number in range(300)]
        sent |= {str(record["id"]) for record in records}
        arrive(home, *records)
        folders = [
            subprocess.Popen([sys.executable, "-c", FOLD], env=environment) for _ in range(2)
        ]
        try:
            folders[0].wait(chance.uniform(0.3, 1.2))
        except subprocess.TimeoutExpired:
            folders[0].send_signal(signal.SIGKILL)
        for folder in folders:
            folder.wait()
    Costing(Settings(home=home)).fold()

    assert sorted(ids(home)) == sorted(sent)
    assert backlog_of(home).row_count == 0
