"""What a sync asks beside the predictions: trainings, what had not ended, models, releases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from costing.app import Costing
from costing.lock import writing
from tests.replicate.sample import Json, make_deployment, make_id, make_model
from tests.replicate.server import ReplicateServer
from tests.sync.world import NOW, Clock, asked, history, ids, record, running, stored
from tests.turn import a_turn

HOUR = timedelta(hours=1)


def test_web_predictions_alone(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    server.store.predictions.put(*history(200, timedelta(hours=2)))

    costing.sync(source="web")
    found = stored(home, "source")
    clock.forward(hours=1)
    again = costing.sync(source="web")
    costing.sync()

    assert set(found) == {"web"}
    assert len(found) == sum(number % 10 == 0 for number in range(14 * 12))
    assert again.predictions == 0
    assert stored(home) == ids(200)


def test_trainings_are_read_until_they_are_known(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    server.store.trainings.put(*history(450, timedelta(hours=1)))
    first = costing.sync()
    server.requests.clear()
    clock.forward(hours=1)
    second = costing.sync()

    assert (first.trainings, second.trainings) == (450, 1)
    assert len(asked(server, "trainings")) == 2
    assert stored(home) == ids(450)


def test_trainings_are_trainings_whatever_they_say(
    costing: Costing, server: ReplicateServer
) -> None:
    server.store.trainings.put(*history(3, timedelta(hours=1)))

    costing.sync()

    kinds = costing.report("monthly", month="2026-11", by=["kind"])
    assert kinds["kind"].to_list() == ["training"]


def test_unfinished_records_are_asked_for_until_they_end(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    server.store.predictions.put(running(0, 5 * HOUR))
    server.store.trainings.put(running(1, 6 * HOUR))
    costing.sync()
    clock.forward(hours=3)
    server.store.predictions.put(record(0, 5 * HOUR))
    waiting = costing.sync()
    server.store.trainings.put(record(1, 6 * HOUR))
    ended = costing.sync()
    after = costing.sync()

    assert [one.asked_again for one in (waiting, ended, after)] == [2, 1, 0]
    assert stored(home, "status") == ["succeeded", "succeeded"]
    assert waiting.fold.conflicted == ended.fold.conflicted == 0


def test_what_waits_in_the_inbox_is_asked_for_too(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    server.store.predictions.put(running(0, 5 * HOUR))
    with writing(home, a_turn(command="someone")):
        costing.sync()
        clock.forward(hours=3)
        summary = costing.sync()

    assert (summary.asked_again, summary.is_whole) == (1, False)


def test_a_record_that_is_gone_is_told_and_given_up_after_days(
    costing: Costing, server: ReplicateServer, clock: Clock
) -> None:
    predictions = server.store.predictions
    predictions.put(running(0, 5 * HOUR), running(1, 5 * HOUR))
    costing.sync()
    predictions.forget(make_id(0))
    told = []
    for _ in range(10):
        clock.forward(days=1)
        told.append(costing.sync())

    assert told[0].missing == (make_id(0),)
    assert [len(one.missing) for one in told] == [1] * 7 + [0] * 3
    assert told[-1].asked_again == 1


def test_a_record_that_never_ends_is_asked_for_once_a_day(
    costing: Costing, server: ReplicateServer, clock: Clock
) -> None:
    server.store.predictions.put(running(0, timedelta(days=30)))
    costing.sync()
    asks = []
    for _ in range(8):
        clock.forward(hours=6)
        asks.append(costing.sync().asked_again)

    assert sum(asks) == 2


def test_releases_and_models_are_seen(
    costing: Costing, server: ReplicateServer, clock: Clock
) -> None:
    server.store.predictions.put(record(0, HOUR, model="acme/model-0"))
    server.store.predictions.put(record(1, HOUR, model="acme/hidden"))
    server.store.models = [make_model("model-0", is_official=True)]
    first = costing.sync()
    clock.forward(days=1)
    server.store.deployments = [released(2, hardware="gpu-l40s", min_instances=1)]
    second = costing.sync()
    clock.forward(days=7)
    third = costing.sync()

    releases = costing.deployments()
    assert [(one.seen.release, one.seen.hardware, one.ends_at is None) for one in releases] == [
        (1, "gpu-t4", False),
        (2, "gpu-l40s", True),
    ]
    assert [one.models for one in (first, second, third)] == [2, 0, 2]
    assert [one.deployments for one in (first, second, third)] == [1, 1, 1]


def released(number: int, **configuration: object) -> Json:
    """A later release of the deployment that the server has from the beginning."""
    found = make_deployment("lighthouse", **configuration)
    release = found["current_release"]
    assert isinstance(release, dict)
    instant = (NOW + timedelta(hours=number)).isoformat()
    return {**found, "current_release": {**release, "number": number, "created_at": instant}}
