"""The rounds beside answering: told where they fail, never two at once, ended in order."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from costing.app import Costing
from costing.doctor import Verdict
from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.lock import writing
from costing.service.arrival import Reader
from costing.service.readiness import check_rounds
from costing.service.service import Service, Upkeep
from costing.service.upkeep import Rounds
from costing.settings import Settings
from costing.state.connection import open_store
from costing.state.inbox import Origin, append
from tests.service.running import running, signed_headers, webhook
from tests.turn import a_turn

ROWS = 500
AT_ONCE = 4
SERVE = ("-m", "costing", "serve", "--port", "0", "--fold-every", "1s")


class _Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def _costing(home: Path) -> Costing:
    return Costing(Settings(home=home, lock_wait_seconds=0))


def _service(home: Path, clock: _Clock) -> tuple[Service, Rounds]:
    costing = _costing(home)
    service = Service(costing, upkeep=Upkeep(costing.fold, 30.0), clock=clock)
    folds = service.round_of("fold")
    assert folds is not None
    return service, folds


def _arrive(home: Path, count: int) -> None:
    reader = Reader(Origin.API)
    arrivals = [reader.read(webhook(f"id-{number}"), 1).arrival for number in range(count)]
    with open_store(home) as store, store.transaction() as transaction:
        append(transaction, arrivals, datetime.now(UTC))


def _ids(home: Path) -> list[str]:
    try:
        with opened(home, a_turn()) as connection:
            rows = connection.execute("select id from prediction").fetchall()
    except NoLedger:
        return []
    return [id_ for (id_,) in rows]


def test_fold_that_fails_is_told_everywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = _Clock()
    service, folds = _service(tmp_path, clock)
    _arrive(tmp_path, 1)

    logging.getLogger("costing.service").propagate = True
    with writing(tmp_path, a_turn(command="someone")):
        folds.act()
    early = check_rounds(service, folds)
    clock.now += timedelta(minutes=6)
    late = check_rounds(service, folds)

    assert "fold failed" in caplog.messages
    assert (
        'costing_rounds_total{outcome="failed",what="fold"} 1.0' in service.measures.text().decode()
    )
    assert "someone" in early.found
    assert (early.verdict, late.verdict) == (Verdict.WARN, Verdict.FAIL)


def test_fold_that_is_well_again_is_told_as_such(tmp_path: Path) -> None:
    service, folds = _service(tmp_path, _Clock())
    _arrive(tmp_path, 1)
    with writing(tmp_path, a_turn(command="someone")):
        folds.act()

    folds.act()

    assert check_rounds(service, folds).verdict is Verdict.PASS
    assert _ids(tmp_path) == ["id-0"]


def test_folds_of_one_process_take_turns(tmp_path: Path) -> None:
    _arrive(tmp_path, ROWS)
    costing = Costing(Settings(home=tmp_path))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        folded = [one.result() for one in [threads.submit(costing.fold) for _ in range(AT_ONCE)]]

    assert sum(one.taken for one in folded) == ROWS
    assert sum(one.rows for one in folded) == ROWS
    assert sorted(_ids(tmp_path)) == sorted(f"id-{number}" for number in range(ROWS))


def test_service_that_is_ended_while_it_folds_loses_nothing(tmp_path: Path) -> None:
    sent = [f"sent-{number}" for number in range(300)]
    with running(tmp_path, SERVE) as service:
        for id_ in sent:
            body = webhook(id_)
            answer = service.send_webhook(body, headers=signed_headers(body, name=id_))
            assert answer.status_code == 200
        code, log = service.end()
        waiting = {json.loads(row.body)["id"] for row in service.inbox()}
    folded = _ids(tmp_path)

    assert (code, log[-1]["event"]) == (0, "ended")
    assert waiting | set(folded) == set(sent)
    assert len(folded) == len(set(folded))
