"""The inbox against a model: a list that is appended at its end and cut at its front."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from costing.state.connection import open_store
from costing.state.inbox import (
    MESSAGES_KEPT,
    Arrival,
    Kind,
    Origin,
    Pending,
    Taken,
    append,
    delete_through,
    forget_messages,
    measure_backlog,
    pending,
    pending_of,
    survey,
)
from costing.state.store import Store

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)

arrivals = st.builds(
    Arrival,
    origin=st.sampled_from(Origin),
    kind=st.sampled_from(Kind),
    body=st.binary(max_size=20),
    message_id=st.sampled_from(["", "", "msg_a", "msg_b", "msg_c"]),
)


class InboxMachine(RuleBasedStateMachine):
    """Every step is done to the inbox and to the model; they must agree after each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = open_store(Path(self.folder.name))
        self.now = BEGIN
        self.rows: list[Pending] = []
        self.last_number = 0
        self.seen: dict[tuple[Origin, str], datetime] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def _model_append(self, arrival: Arrival) -> Taken:
        key = (arrival.origin, arrival.message_id)
        if arrival.message_id and key in self.seen:
            return Taken.DUPLICATE
        if arrival.message_id:
            self.seen[key] = self.now
        self.last_number += 1
        row = (self.last_number, self.now, arrival.origin, arrival.kind, arrival.body)
        self.rows.append(Pending(*row))
        return Taken.APPENDED

    @rule(batch=st.lists(arrivals, max_size=5))
    def append_batch(self, batch: list[Arrival]) -> None:
        expected = tuple(self._model_append(arrival) for arrival in batch)
        with self.store.transaction() as transaction:
            assert append(transaction, batch, self.now) == expected

    @rule(batch=st.lists(arrivals, max_size=3))
    def append_and_fail(self, batch: list[Arrival]) -> None:
        try:
            with self.store.transaction() as transaction:
                append(transaction, batch, self.now)
                raise TimeoutError
        except TimeoutError:
            pass

    @rule(batch=st.lists(arrivals, max_size=3))
    def append_a_part_and_fail(self, batch: list[Arrival]) -> None:
        with self.store.transaction() as transaction:
            try:
                with transaction.part():
                    append(transaction, batch, self.now)
                    raise TimeoutError
            except TimeoutError:
                pass

    @rule(most_rows=st.integers(1, 6))
    def fold(self, most_rows: int) -> None:
        rows = pending(self.store, most_rows=most_rows)
        assert rows == tuple(self.rows[:most_rows])
        if rows:
            with self.store.transaction() as transaction:
                assert delete_through(transaction, rows[-1].number) == len(rows)
            del self.rows[:most_rows]

    @rule(age=st.timedeltas(timedelta(0), timedelta(hours=3)))
    def forget(self, age: timedelta) -> None:
        before = self.now - age
        with self.store.transaction() as transaction:
            forgotten = forget_messages(transaction, before + MESSAGES_KEPT)
        kept = {key: at for key, at in self.seen.items() if at >= before}
        assert forgotten == len(self.seen) - len(kept)
        self.seen = kept

    @rule(passed=st.timedeltas(timedelta(0), timedelta(hours=1)))
    def let_time_pass(self, passed: timedelta) -> None:
        self.now += passed

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = open_store(Path(self.folder.name))

    @invariant()
    def holds_the_rows_of_the_model(self) -> None:
        assert pending(self.store) == tuple(self.rows)

    @rule(most_rows=st.integers(1, 6))
    def survey_and_read_by_origin(self, most_rows: int) -> None:
        first = self.rows[:most_rows]

        found = survey(self.store, most_rows=most_rows)

        assert set(found.origins) == {row.origin for row in first}
        assert found.last == max((row.number for row in first), default=0)
        assert found.last_at == max((row.received_at for row in first), default=None)
        for origin in Origin:
            rows = pending_of(self.store, origin, through=found.last)
            assert list(rows) == [row for row in first if row.origin is origin]

    @invariant()
    def measures_the_rows_of_the_model(self) -> None:
        backlog = measure_backlog(self.store)
        oldest_at = self.rows[0].received_at if self.rows else None
        assert (backlog.row_count, backlog.oldest_at) == (len(self.rows), oldest_at)


TestInbox = InboxMachine.TestCase
TestInbox.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def _append(store: Store, *bodies: bytes) -> None:
    with store.transaction() as transaction:
        append(transaction, [Arrival(Origin.SYNC, Kind.RECORD, body) for body in bodies], BEGIN)


def test_fold_leaves_what_arrived_meanwhile(store: Store) -> None:
    _append(store, b"a", b"b")
    read = pending(store)
    _append(store, b"c")

    with store.transaction() as transaction:
        delete_through(transaction, read[-1].number)

    assert [row.body for row in pending(store)] == [b"c"]


def test_message_of_one_origin_is_no_repeat_of_another(store: Store) -> None:
    rows = [
        Arrival(origin, Kind.RECORD, b"a", message_id="msg_a")
        for origin in (Origin.WEBHOOK, Origin.API)
    ]

    with store.transaction() as transaction:
        taken = append(transaction, rows, BEGIN)

    assert taken == (Taken.APPENDED, Taken.APPENDED)


def test_pending_goes_on_after_a_row(store: Store) -> None:
    _append(store, b"a", b"b", b"c")
    [first] = pending(store, most_rows=1)

    rest = pending(store, after=first.number)

    assert [row.body for row in rest] == [b"b", b"c"]


def test_forgetting_is_bounded(store: Store) -> None:
    rows = [Arrival(Origin.WEBHOOK, Kind.RECORD, b"", f"msg_{number}") for number in range(5)]
    with store.transaction() as transaction:
        append(transaction, rows, BEGIN)

    with store.transaction() as transaction:
        counts = [
            forget_messages(transaction, BEGIN + 2 * MESSAGES_KEPT, most_rows=3) for _ in range(3)
        ]

    assert counts == [3, 2, 0]
