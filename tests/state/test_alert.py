"""Alerts and their deliveries: recorded once, closed once, never lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from sqlite3 import IntegrityError
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costing.budget.alert import Alert, AlertRecord, Closing, Closure
from costing.errors import NotFound, UsageError
from costing.state.alert import (
    acknowledge,
    alert_records,
    close_alerts,
    find_alert,
    history,
    open_alerts,
    record_alerts,
)
from costing.state.connection import open_store
from costing.state.delivery import DeliveryState, Event
from costing.state.store import Store
from tests.notify.sample import NOW, make_alert, make_key
from tests.state.child import Child


def test_alert_is_recorded_once_and_stays_as_it_was(store: Store) -> None:
    first, second = make_alert(), make_alert(summary="now with other words")

    with store.transaction() as transaction:
        recorded = [
            record_alerts(transaction, [alert], {"search": ["ops", "hook"]}, NOW)[0].is_new
            for alert in (first, second)
        ]

    [told] = history(store)
    assert recorded == [True, False]
    assert told.stored.alert == first
    assert [str(one.key) for one in told.deliveries] == [
        f"{first.alert_id}_opened_ops",
        f"{first.alert_id}_opened_hook",
    ]
    assert {one.state for one in told.deliveries} == {DeliveryState.PENDING}


def test_alert_and_messages_are_written_together_or_not_at_all(store: Store) -> None:
    beyond = {"search": ["ops"], "all": [None]}  # The second one's channel cannot be written.

    with pytest.raises(IntegrityError), store.transaction() as transaction:
        record_alerts(transaction, [make_alert(), make_alert(budget="all")], beyond, NOW)  # type: ignore[arg-type]

    assert history(store) == ()


@settings(max_examples=25)  # Each makes a state file.
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 2)), max_size=12))
def test_as_many_records_as_crossings(crossings: list[tuple[int, int]]) -> None:
    alerts = [make_alert(f"actual:{level}pct", episode=episode) for level, episode in crossings]

    with _fresh() as store:
        with store.transaction() as transaction:
            recorded = record_alerts(transaction, alerts, {"search": ["ops"]}, NOW)
        stored = history(store)

    assert sum(one.is_new for one in recorded) == len(set(crossings)) == len(stored)
    assert all(len(told.deliveries) == 1 for told in stored)


def test_evaluation_reads_what_is_open_and_what_is_recent(store: Store) -> None:
    closed, reopened = make_alert(), make_alert("stale")
    with store.transaction() as transaction:
        record_alerts(transaction, [closed, reopened], {}, NOW)
        close_alerts(transaction, [Closing(closed.key, Closure.PERIOD_OVER)], NOW)

    of_now = alert_records(store, "2026-11-01")
    later = alert_records(store, "2026-12-01")

    assert of_now == (
        AlertRecord(
            key=closed.key, threshold_usd=closed.threshold_usd, closure=Closure.PERIOD_OVER
        ),
        AlertRecord(key=reopened.key, threshold_usd=reopened.threshold_usd, closure=None),
    )
    assert later == of_now[1:]


def test_alert_is_closed_once_and_those_who_can_resolve_are_told_once(store: Store) -> None:
    with store.transaction() as transaction:
        record_alerts(transaction, [make_alert()], {"search": ["pager", "ops"]}, NOW)
        closing = Closing(make_key(), Closure.LIMIT_RAISED)
        closed = [close_alerts(transaction, [closing], NOW, {"pager"}) for _ in range(2)]
        again = acknowledge(transaction, make_key().alert_id, NOW, {"pager"})

    ends = [one.key for one in history(store)[0].deliveries if one.key.event is Event.CLOSED]
    assert closed == [(make_key().alert_id,), ()]
    assert [key.channel for key in ends] == ["pager"]
    assert again.closure is Closure.LIMIT_RAISED
    assert open_alerts(store) == ()


def test_alert_that_was_never_recorded_is_not_closed(store: Store) -> None:
    with store.transaction() as transaction:
        assert close_alerts(transaction, [Closing(make_key(), Closure.REARMED)], NOW) == ()


def test_alert_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    alerts = [make_alert(f"actual:{number}pct") for number in range(20)]
    with store.transaction() as transaction:
        record_alerts(transaction, alerts, {}, NOW)

    for alert in alerts:
        assert find_alert(store, f" {alert.alert_id.lower()} ").alert == alert
    shared = next(one for one in "0123456789ABCDEF" if _count(alerts, one) > 1)
    with pytest.raises(UsageError, match="several"):
        find_alert(store, shared)


@pytest.mark.parametrize("written", ["", "  ", "%", "000000000000", "'", "é"])
def test_alert_that_is_not_there_is_told(store: Store, written: str) -> None:
    with pytest.raises(NotFound):
        find_alert(store, written)


def test_history_is_narrowed(store: Store) -> None:
    with store.transaction() as transaction:
        both = [make_alert(), make_alert(budget="all")]
        record_alerts(transaction, both, {}, NOW)

    assert [one.stored.alert for one in history(store)] == both[::-1]
    assert [one.stored.alert for one in history(store, "all")] == both[1:]
    assert [one.stored.alert for one in history(store, most_alerts=1)] == both[1:]
    assert history(store, opened_from=NOW + timedelta(seconds=1)) == ()
    assert [one.alert for one in open_alerts(store, "search")] == both[:1]


RECORDER = """
from tests.notify.sample import NOW, make_alert
from costing.state.alert import record_alerts
sys.stdin.readline()
with open_store(home) as store:
    for number in range(40):
        with store.transaction() as transaction:
            channels = {"search": ["ops", "hook"]}
            [one] = record_alerts(transaction, [make_alert(f"actual:{number}pct")], channels, NOW)
        if one.is_new:
            say(one.alert.alert_id)
"""


def test_one_of_many_processes_records_each_alert(tmp_path: Path) -> None:
    children = [Child(RECORDER, tmp_path) for _ in range(4)]
    for child in children:
        child.tell()
    said = [line for child in children for line in child.hear_all()]
    for child in children:
        child.__exit__(None, None, None)

    with open_store(tmp_path) as store:
        told = history(store)

    assert len(said) == len(set(said)) == len(told) == 40
    assert {len(one.deliveries) for one in told} == {2}


def _count(alerts: Sequence[Alert], start: str) -> int:
    return sum(one.alert_id.startswith(start) for one in alerts)


@contextmanager
def _fresh() -> Iterator[Store]:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        yield store
