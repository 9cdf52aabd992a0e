"""`costing sync` against a real server: what the account holds is in the ledger, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from costing.app import Costing
from costing.errors import AuthenticationError, UsageError
from costing.fold import backlog_of
from costing.lock import writing
from costing.replicate.error import RequestRefused, TokenMissing
from costing.sync.turn import SyncUnderWay, syncing
from tests.replicate.server import (
    TOKEN,
    ReplicateServer,
    problem,
    throttled,
)
from tests.sync.world import (
    Clock,
    asked,
    history,
    ids,
    open_costing,
    record,
    running,
    stored,
)
from tests.turn import a_turn

HOUR = timedelta(hours=1)
GONE = problem(400, "Bad request", "Invalid cursor")


def test_everything_is_in_the_ledger_once(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(250, timedelta(minutes=1)))

    summary = costing.sync()

    assert (summary.predictions, summary.fold.taken, summary.account) == (250, 250, "acme")
    assert stored(home) == ids(250)


def test_the_next_sync_fetches_what_is_new_and_an_hour_before_it(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    server.store.predictions.put(*history(250, timedelta(minutes=10)))
    costing.sync()
    clock.forward(hours=2)
    server.store.predictions.put(record(250, -HOUR))

    summary = costing.sync()

    assert (summary.predictions, summary.fold.taken, summary.fold.unchanged) == (7, 1, 6)
    assert stored(home) == ids(251)


def test_the_first_sync_goes_ninety_days_back(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(record(0, timedelta(days=89)), record(1, timedelta(days=91)))

    costing.sync()

    assert stored(home) == ids(1)


def test_since_before_what_is_complete_fetches_just_the_difference(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(100, timedelta(days=1)))
    costing.sync(since="30d")

    summary = costing.sync(since="60d")

    assert len(stored(home)) == 60
    assert summary.predictions == 30


def test_until_leaves_what_is_later_for_the_next_sync(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(10, timedelta(days=1)))
    costing.sync(since="2026-11-01", until="5d")
    early = len(stored(home))

    costing.sync()

    assert (early, len(stored(home))) == (5, 10)


@pytest.mark.parametrize(("overlap", "is_shuffled"), [(7, False), (0, True), (30, True)])
def test_repeated_and_mixed_records_are_taken_once(
    costing: Costing, server: ReplicateServer, home: Path, overlap: int, is_shuffled: bool
) -> None:
    predictions = server.store.predictions
    predictions.overlap, predictions.is_shuffled = overlap, is_shuffled
    predictions.put(*history(350, timedelta(seconds=10)))

    costing.sync()

    assert stored(home) == ids(350)


def test_records_that_change_and_arrive_while_pages_are_read(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    every = timedelta(seconds=10)
    predictions = server.store.predictions
    predictions.put(*(running(number, every * (number + 1)) for number in range(250)))
    changes = iter(range(0, 250, 5))

    def change() -> None:
        for _, number in zip(range(10), changes, strict=False):
            predictions.put(record(number, every * (number + 1)))

    server.between = change
    costing.sync()
    server.between = lambda: None
    predictions.put(*history(250, every))
    clock.forward(hours=2)
    costing.sync()

    assert stored(home) == ids(250)
    assert set(stored(home, "status")) == {"succeeded"}


def test_throttling_is_waited_out(costing: Costing, server: ReplicateServer, home: Path) -> None:
    server.store.predictions.put(*history(250, timedelta(minutes=1)))
    server.between = lambda: server.fail(throttled(0))

    costing.sync(since="12h")

    assert stored(home) == ids(250)


def test_a_next_page_that_is_refused_is_asked_for_by_date(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(500, timedelta(minutes=1)))
    refusals = iter([None, GONE, None, GONE])

    def refuse() -> None:
        reply = next(refusals, None)
        if reply is not None:
            server.fail(reply)

    server.between = refuse
    costing.sync(since="12h")

    assert stored(home) == ids(500)


def test_next_pages_that_are_always_refused_end_the_sync(
    costing: Costing, server: ReplicateServer
) -> None:
    server.store.trainings.put(*history(300, timedelta(minutes=1)))
    costing.sync(until="12h")
    server.requests.clear()
    server.between = lambda: server.fail(GONE) if asked(server, "trainings") else None

    with pytest.raises(RequestRefused):
        costing.sync()


def test_a_failed_sync_goes_on_where_it_ended(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(1000, timedelta(seconds=30)))

    def fail_late() -> None:
        if len(asked(server, "predictions")) == 6:
            server.token = "r8_another"

    server.between = fail_late
    with pytest.raises(AuthenticationError) as error:
        costing.sync(since="12h")
    server.token = TOKEN
    server.between = lambda: None
    kept = backlog_of(home).row_count
    server.requests.clear()
    costing.sync()

    assert kept >= 500
    assert "are kept" in error.value.notes[-1]
    assert len(asked(server, "predictions")) <= 8
    assert stored(home) == ids(1000)


def test_refused_records_are_kept_and_told_once(
    costing: Costing, server: ReplicateServer, home: Path, clock: Clock
) -> None:
    server.store.predictions.put(record(0, timedelta(minutes=5)))
    server.store.predictions.put(record(1, timedelta(minutes=6), status=None))

    first = costing.sync()
    clock.forward(minutes=5)
    costing.sync()

    assert (first.unreadable, first.fold.rejected, stored(home)) == (1, 1, ids(1))
    assert len(costing.report("rejected")) == 1


def test_a_dry_run_counts_and_keeps_nothing(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(20, timedelta(hours=1)))

    fresh = costing.sync(is_dry_run=True)
    was_made = home.exists()
    costing.sync(until="10h")
    later = costing.sync(is_dry_run=True)

    assert (fresh.predictions, was_made, later.predictions) == (20, False, 11)
    assert len(stored(home)) == 10
    assert backlog_of(home).row_count == 0


def test_a_held_ledger_leaves_what_was_fetched_in_the_inbox(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(20, timedelta(hours=1)))
    with writing(home, a_turn(command="someone")):
        held = costing.sync()

    free = costing.sync()

    assert held.waiting == 20 + 1 + 3
    assert (free.fold.taken, stored(home)) == (20, ids(20))


def test_a_ledger_that_is_gone_is_filled_anew(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(20, timedelta(hours=5)))
    costing.sync()
    (home / "ledger.duckdb").unlink()

    summary = costing.sync()

    assert (stored(home), summary.models) == (ids(20), 3)


def test_two_syncs_take_turns(costing: Costing, home: Path) -> None:
    with syncing(home, a_turn(command="the other one")), pytest.raises(SyncUnderWay) as error:
        costing.sync()

    assert "another sync is under way: process" in error.value.what
    assert "the other one" in error.value.what


def test_another_account_has_a_history_of_its_own(
    costing: Costing, server: ReplicateServer, home: Path
) -> None:
    server.store.predictions.put(*history(2, timedelta(hours=5)))
    costing.sync()
    server.store.account = {"type": "user", "username": "jane"}
    server.store.predictions.put(record(2, timedelta(hours=6)))
    costing.sync()

    assert stored(home) == ids(3)


def test_a_wrong_token_keeps_nothing(home: Path, server: ReplicateServer, clock: Clock) -> None:
    with pytest.raises(AuthenticationError):
        open_costing(home, server, clock, token="r8_wrong").sync()

    assert backlog_of(home).row_count == 0


def test_no_token_is_told_before_anything_is_done(costing: Costing, home: Path) -> None:
    without = Costing(replace(costing.settings, api_token=None))

    with pytest.raises(TokenMissing):
        without.sync()

    assert not home.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"since": "soon"},
        {"since": "2026-11-02", "until": "2026-11-01"},
        {"source": "api"},
        {"since": "1d", "until": "2d"},
    ],
)
def test_what_makes_no_sense_is_refused(costing: Costing, given: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        costing.sync(**given)  # type: ignore[arg-type]
