"""`costing sync` where clocks, servers or single records are wrong: nothing is missed for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from costing.app import Costing
from costing.replicate.error import AnswerUnexpected
from costing.state.connection import open_store
from costing.state.inbox import Arrival, Kind, Origin, append, pending
from tests.replicate.server import FORBIDDEN, ReplicateServer, Reply, problem
from tests.replicate.store import RecordList, to_bytes
from tests.sync.world import NOW, Clock, asked, history, ids, record, running, stored

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "ahead", [timedelta(minutes=30), timedelta(hours=3), timedelta(days=400)], ids=str
)
def test_a_clock_that_was_ahead_makes_nothing_count_as_read(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock, ahead: timedelta
) -> None:
    server.store.predictions.put(*history(5, HOUR))
    clock.now = NOW + ahead
    costing.sync()
    clock.now = NOW + timedelta(minutes=10)
    server.store.predictions.put(record(5, -timedelta(minutes=5)))

    costing.sync()

    assert stored(home) == ids(6)


def test_until_in_the_future_makes_nothing_count_as_read(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    server.store.predictions.put(*history(5, HOUR))
    costing.sync(until="2026-12-31")
    clock.forward(days=3)
    server.store.predictions.put(record(5, -timedelta(days=1)))

    costing.sync()

    assert stored(home) == ids(6)


def test_models_asked_for_by_a_clock_that_was_ahead_are_asked_for_again(
    costing: Costing, server: ReplicateServer, clock: Clock
) -> None:
    server.store.predictions.put(*history(1, HOUR))
    clock.now = NOW + timedelta(days=400)
    costing.sync(since="500d")
    clock.now = NOW
    server.requests.clear()

    costing.sync()

    assert len(asked(server, "models/")) == 1


class _Endless(RecordList):
    """A list that always has one more page."""

    def page(self, base: str, query: dict[str, str], _now: datetime) -> bytes:
        following = int(query.get("cursor", "0")) + 1
        return to_bytes({"next": f"{base}/{self.name}?cursor={following}", "results": []})


def test_pages_without_end_end_the_sync(costing: Costing, server: ReplicateServer) -> None:
    server.store.trainings = _Endless("trainings")

    with pytest.raises(AnswerUnexpected, match="no end"):
        costing.sync()


@pytest.mark.parametrize(
    "refusal", [FORBIDDEN, problem(414, "URI Too Long", "no such id can be")], ids=["403", "414"]
)
def test_one_that_is_refused_keeps_no_other_from_being_asked_for(
    costing: Costing, server: ReplicateServer, clock: Clock, refusal: Reply
) -> None:
    server.store.predictions.put(running(0, 2 * HOUR))
    costing.sync()
    clock.forward(hours=3)
    server.store.deployments.clear()
    server.between = lambda: server.fail(refusal) if asked(server, "trainings")[1:] else None

    summary = costing.sync()

    assert (summary.missing, summary.deployments) == (tuple(ids(1)), 0)


def test_a_deployment_that_cannot_be_read_keeps_no_model_from_being_seen(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(1, HOUR))
    server.store.deployments = [{"owner": "acme", "name": "empty", "current_release": None}]

    with pytest.raises(AnswerUnexpected, match=r"current_release"):
        costing.sync()

    with open_store(home) as store:
        assert Kind.MODEL in {row.kind for row in pending(store)}


def test_a_damaged_row_of_the_inbox_stops_no_sync(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(3, HOUR))
    with open_store(home) as store, store.transaction() as transaction:
        damaged = [Arrival(Origin.API, Kind.RECORD, body) for body in (b"\xff{", b"[]", b"{}")]
        append(transaction, damaged, NOW)

    summary = costing.sync()

    assert (stored(home), summary.fold.rejected) == (ids(3), 3)
