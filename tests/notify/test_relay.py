"""The relay against real servers: what is sent when, to whom, and what is never sent twice."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread, current_thread

import pytest

from costing.budget.alert import Alert, Closing, Closure
from costing.errors import MissingExtra
from costing.notify.apprise import Apprise
from costing.notify.channel import Channel, Notice, Outcome, Result
from costing.notify.pagerduty import PagerDuty
from costing.notify.relay import RelayLimits, RelaySummary, relay, resolving_channels
from costing.notify.secret import SecretPlace
from costing.notify.slack import MOST_NOTICES, PAUSE_SECONDS, Slack
from costing.notify.trial import send_test
from costing.notify.webhook import Webhook
from costing.state.alert import acknowledge, close_alerts, history, record_alerts
from costing.state.delivery import (
    DeliveryState,
    Lease,
    claim,
    count_by_holder,
    count_unheard,
    hold_channel,
)
from costing.state.store import Store
from tests.notify.receiver import ACCEPTED, FAILED, HELD, LOST, OK, Answer, Receiver
from tests.notify.sample import HASTY, KEY, NOW, PATIENT, Clock, make_alert, make_key, place

DEAD, DELIVERED, PENDING, LEASED = (
    DeliveryState.DEAD,
    DeliveryState.DELIVERED,
    DeliveryState.PENDING,
    DeliveryState.LEASED,
)


def slack(receiver: Receiver, name: str = "ops", fallback: str | None = None) -> Channel:
    return Channel(name, "slack", Slack(place(receiver.url), PATIENT), fallback)


def pager(receiver: Receiver, name: str = "pager", fallback: str | None = None) -> Channel:
    return Channel(name, "pagerduty", PagerDuty(place("R"), place(receiver.url), PATIENT), fallback)


def hook(receiver: Receiver, name: str = "hook", fallback: str | None = None) -> Channel:
    return Channel(name, "webhook", Webhook(place(receiver.url), place(KEY), PATIENT), fallback)


def by_name(*channels: Channel) -> Mapping[str, Channel]:
    return {channel.name: channel for channel in channels}


def record(store: Store, alerts: Sequence[Alert], *names: str, at: datetime = NOW) -> None:
    with store.transaction() as transaction:
        record_alerts(transaction, alerts, {"search": names}, at)


def run(
    home: Path, clock: Clock, *channels: Channel, limits: RelayLimits | None = None
) -> RelaySummary:
    """One relay whose every backoff is as long as it may be drawn."""
    return relay(
        home, by_name(*channels), clock, limits=limits, wait=clock.wait, draw=lambda: 0.999_999
    )


def states(store: Store) -> dict[str, DeliveryState]:
    return {str(one.key): one.state for told in history(store) for one in told.deliveries}


def state_by_channel(store: Store) -> dict[str, DeliveryState]:
    return {one.key.channel: one.state for told in history(store) for one in told.deliveries}


def thresholds(count: int) -> list[Alert]:
    return [make_alert(f"actual:{number}pct") for number in range(1, count + 1)]


def test_nothing_to_send_is_nothing(tmp_path: Path, clock: Clock, receiver: Receiver) -> None:
    assert run(tmp_path, clock, slack(receiver)) == RelaySummary()
    assert not (tmp_path / "state.sqlite").exists()


def test_alert_is_sent_once(tmp_path: Path, store: Store, clock: Clock, receiver: Receiver) -> None:
    record(store, [make_alert()], "ops", "hook")

    summaries = [run(tmp_path, clock, slack(receiver), hook(receiver)) for _ in range(3)]

    assert summaries == [RelaySummary(delivered=2), RelaySummary(), RelaySummary()]
    assert len(receiver.asked) == 2


def test_alert_that_a_higher_one_speaks_for_is_sent_to_nobody(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    record(store, [make_alert("actual:50pct", is_sent=False), make_alert()], "hook")

    assert run(tmp_path, clock, hook(receiver)).delivered == 1


def test_same_crossing_found_again_is_not_sent_again(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    for days in range(40):
        record(store, [make_alert(summary=f"on day {days}")], "hook", at=NOW + timedelta(days=days))
        run(tmp_path, clock, hook(receiver))
        clock.advance(days=1)

    assert len(receiver.asked) == 1


def test_second_threshold_and_next_episode_are_sent(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    alerts = [make_alert(), make_alert("actual:100pct"), make_alert(episode=2)]
    for alert in alerts:
        record(store, [alert], "hook")
        run(tmp_path, clock, hook(receiver))

    ids = [request.json["data"]["alert_id"] for request in receiver.heard]
    assert ids == [alert.alert_id for alert in alerts]


def test_slack_gets_one_message_a_run_and_one_a_second(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    record(store, thresholds(2 * MOST_NOTICES + 1), "ops")

    summary = run(tmp_path, clock, slack(receiver))

    assert summary == RelaySummary(delivered=2 * MOST_NOTICES + 1)
    assert len(receiver.asked) == 3
    assert clock.waited == [1.0, 1.0]


def test_slack_gets_one_message_a_second_from_all_runs(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    for alert in thresholds(3):
        record(store, [alert], "ops")
        run(tmp_path, clock, slack(receiver))

    assert len(receiver.asked) == 3
    assert clock.waited == [1.0, 1.0]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_failure_is_tried_again_ever_later(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver, status: int
) -> None:
    receiver.answer = lambda _: Answer(status)
    record(store, [make_alert()], "hook")
    waits = []

    for _ in range(10):
        assert run(tmp_path, clock, hook(receiver)).retried == 1
        [told] = history(store)
        due_at = told.deliveries[0].due_at
        waits.append(round((due_at - clock.now).total_seconds()))
        clock.now = due_at - timedelta(seconds=1)
        assert run(tmp_path, clock, hook(receiver)) == RelaySummary(remaining=1)
        clock.now = due_at

    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_wait_that_is_asked_for_is_kept_for_the_whole_channel(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answer(429, headers={"retry-after": "600"})
    record(store, thresholds(5), "hook")

    first = run(tmp_path, clock, hook(receiver), limits=RelayLimits(run_seconds=60))
    clock.advance(seconds=599)
    second = run(tmp_path, clock, hook(receiver), limits=RelayLimits(run_seconds=0.5))

    assert (first.retried, first.remaining) == (1, 5)
    assert (second.retried, second.remaining) == (0, 5)
    assert len(receiver.asked) == 1


def test_wait_that_is_asked_for_without_measure_gives_nothing_up(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answer(429, headers={"retry-after": "1795254000"})
    record(store, [make_alert()], "hook")

    assert run(tmp_path, clock, hook(receiver)).retried == 1

    receiver.answer = lambda _: OK
    clock.advance(hours=1, seconds=31)
    assert run(tmp_path, clock, hook(receiver)).delivered == 1


def test_message_is_given_up_after_three_days_and_goes_to_the_fallback(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda request: FAILED if "webhook-id" in request.headers else OK
    record(store, [make_alert()], "hook")
    channels = [hook(receiver, fallback="ops"), slack(receiver)]
    dead = 0

    while not dead:
        assert len(receiver.heard) == 0
        dead = run(tmp_path, clock, *channels).dead
        clock.advance(hours=1)

    assert timedelta(hours=71) <= clock.now - NOW <= timedelta(hours=74)
    assert state_by_channel(store) == {"hook": DEAD, "ops": DELIVERED}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_refused_message_is_dead_at_once_and_goes_to_the_fallback(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver, status: int
) -> None:
    with Receiver(lambda _: Answer(status, b"channel_is_archived")) as refusing:
        record(store, [make_alert()], "ops")

        summary = run(tmp_path, clock, slack(refusing, fallback="hook"), hook(receiver))

    [fault] = summary.faults
    assert (summary.delivered, summary.dead, summary.remaining) == (1, 1, 0)
    assert (fault.is_dead, fault.reason) == (True, f"status {status}: channel_is_archived")
    assert state_by_channel(store) == {"ops": DEAD, "hook": DELIVERED}
    assert count_unheard(store) == 0
    assert len(refusing.asked) == 1


def test_fallbacks_in_a_circle_end(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answer(404)
    record(store, [make_alert()], "hook")

    summary = run(tmp_path, clock, hook(receiver, fallback="ops"), slack(receiver, fallback="hook"))

    assert (summary.dead, summary.remaining) == (2, 0)
    assert count_unheard(store) == 1
    with store.transaction() as transaction:
        acknowledge(transaction, make_alert().alert_id, clock.now)
    assert count_unheard(store) == 0


def test_lost_answer_is_sent_again_under_the_same_key(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda request: LOST if request.number < 3 else OK
    record(store, [make_alert()], "hook", "ops", "pager")
    channels = [hook(receiver), slack(receiver), pager(receiver)]

    run(tmp_path, clock, *channels)
    clock.advance(minutes=1)
    summary = run(tmp_path, clock, *channels)

    alert_id = make_key().alert_id
    hooks = [one for one in receiver.heard if "webhook-id" in one.headers]
    texts = [one.json["text"] for one in receiver.heard if "blocks" in one.json]
    pages = [one.json["dedup_key"] for one in receiver.heard if "dedup_key" in one.json]
    assert summary.delivered == 3
    assert len({(one.headers["webhook-id"], one.body) for one in hooks}) == 1
    assert [text.startswith(f"repeat of {alert_id}: ") for text in texts] == [False, True]
    assert pages == [alert_id] * 2


def test_failure_before_sending_is_no_repeat(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda request: Answer(429) if request.number < 1 else OK
    record(store, [make_alert()], "ops")

    run(tmp_path, clock, slack(receiver))
    clock.advance(minutes=1)
    run(tmp_path, clock, slack(receiver))

    assert not receiver.asked[-1].json["text"].startswith("repeat")


def test_messages_are_counted_with_who_holds_them_at_one_moment(store: Store) -> None:
    early, late = NOW - timedelta(minutes=1), NOW + timedelta(minutes=5)
    record(store, thresholds(4), "ops", at=early)
    with store.transaction() as transaction:
        claim(transaction, "ops", Lease("slow", NOW), early, most_rows=1)
        claim(transaction, "ops", Lease("busy", late), early, most_rows=2)

    assert count_by_holder(store, early) == {"": 1, "busy": 2, "slow": 1}
    assert count_by_holder(store, NOW) == {"": 2, "busy": 2}


def test_lease_of_one_who_died_runs_out_and_his_message_may_be_a_repeat(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    record(store, [make_alert()], "ops")
    with store.transaction() as transaction:
        lease = Lease("dead", NOW + timedelta(seconds=300))
        assert len(claim(transaction, "ops", lease, NOW, most_rows=5)) == 1

    early = run(tmp_path, clock, slack(receiver))
    clock.advance(seconds=300)
    late = run(tmp_path, clock, slack(receiver))

    assert early == RelaySummary(remaining=1, in_other_hands=1)
    assert late == RelaySummary(delivered=1)
    assert receiver.asked[0].json["text"].startswith("repeat of ")


def test_channel_that_hangs_holds_nobody_up(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    with Receiver(lambda _: HELD) as hanging:
        record(store, thresholds(3), "ops", "hook")

        summary = run(
            tmp_path,
            clock,
            slack(hanging),
            hook(receiver),
            limits=RelayLimits(run_seconds=1.0),
        )

    assert (summary.delivered, summary.remaining) == (3, 3)


def test_slow_channel_is_left_alone_for_this_run(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda _: HELD
    channel = Channel("hook", "webhook", Webhook(place(receiver.url), place(KEY), HASTY))
    record(store, thresholds(9), "hook")

    summary = run(tmp_path, clock, channel)

    assert (summary.retried, summary.remaining, len(receiver.asked)) == (1, 9, 1)


@dataclass(frozen=True)
class Broken:
    """A channel of somebody's that raises what it should not."""

    most_notices: int = 1
    pause_seconds: float = 0.0
    can_resolve: bool = False

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:  # noqa: ARG002
        raise KeyError("https://secret.example")


def test_channel_that_raises_stops_no_other(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    record(store, [make_alert()], "odd", "hook")

    summary = run(tmp_path, clock, Channel("odd", "odd", Broken()), hook(receiver))

    [fault] = summary.faults
    assert (summary.delivered, summary.retried) == (1, 1)
    assert fault.reason == "an error inside the channel: KeyError"


def test_secret_that_is_missing_stops_no_other(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    nowhere = SecretPlace(variable="SLACK_URL", environment={})
    record(store, [make_alert()], "ops", "hook")

    summary = run(tmp_path, clock, Channel("ops", "slack", Slack(nowhere, PATIENT)), hook(receiver))

    [fault] = summary.faults
    assert (summary.delivered, summary.retried) == (1, 1)
    assert "SLACK_URL" in fault.reason


def test_channel_that_left_the_file_is_given_up_after_three_days(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    record(store, [make_alert()], "gone")

    kept = run(tmp_path, clock, hook(receiver))
    clock.advance(hours=72)
    given_up = run(tmp_path, clock, hook(receiver))

    assert kept == RelaySummary(remaining=1)
    assert (given_up.dead, given_up.remaining) == (1, 0)


def test_end_is_told_to_those_who_can_resolve(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    channels = [pager(receiver), hook(receiver), slack(receiver)]
    record(store, [make_alert()], "pager", "hook", "ops")
    run(tmp_path, clock, *channels)

    with store.transaction() as transaction:
        closing = Closing(make_key(), Closure.LIMIT_RAISED)
        resolving = resolving_channels(by_name(*channels))
        close_alerts(transaction, [closing, closing], NOW, resolving)
    summary = run(tmp_path, clock, *channels)

    assert resolving == {"pager", "hook"}
    assert summary.delivered == 2
    assert sorted(states(store)) == [
        f"{make_key().alert_id}_{one}"
        for one in ("closed_hook", "closed_pager", "opened_hook", "opened_ops", "opened_pager")
    ]


def test_end_waits_for_the_opening(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    receiver.answer = lambda request: FAILED if request.number < 1 else ACCEPTED
    record(store, [make_alert()], "pager")
    with store.transaction() as transaction:
        acknowledge(transaction, make_key().alert_id[:4].lower(), NOW, {"pager"})

    first = run(tmp_path, clock, pager(receiver))
    clock.advance(minutes=1)
    second = run(tmp_path, clock, pager(receiver))

    actions = [request.json["event_action"] for request in receiver.asked]
    assert (first.retried, first.remaining, second.delivered) == (1, 2, 2)
    assert actions == ["trigger", "trigger", "resolve"]


def test_end_goes_with_its_opening_when_that_is_refused(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    with Receiver(lambda _: Answer(403)) as refusing:
        record(store, [make_alert()], "pager")
        with store.transaction() as transaction:
            acknowledge(transaction, make_key().alert_id, NOW, {"pager", "hook"})

        summary = run(tmp_path, clock, pager(refusing, fallback="hook"), hook(receiver))

    kinds = [request.json["type"] for request in receiver.heard]
    assert (summary.delivered, summary.remaining) == (2, 0)
    assert kinds == ["budget.alert.opened", "budget.alert.closed"]
    assert len(refusing.asked) == 1


@dataclass
class Slow:
    """A channel that waits until it is told that its message has arrived."""

    begun: Signal = field(default_factory=Signal)
    arrived: Signal = field(default_factory=Signal)
    threads: list[Thread] = field(default_factory=list)
    most_notices: int = 1
    pause_seconds: float = 0.0
    can_resolve: bool = False

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:  # noqa: ARG002
        self.threads.append(current_thread())
        self.begun.set()
        self.arrived.wait()
        return Outcome(Result.DELIVERED)


def test_message_that_arrives_after_its_lease_has_arrived(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    slow = Slow()
    record(store, [make_alert()], "hook")
    run(
        tmp_path,
        clock,
        Channel("hook", "slow", slow),
        limits=RelayLimits(run_seconds=0.05, lease_seconds=10),
    )
    slow.begun.wait()
    clock.advance(seconds=10)
    receiver.answer = lambda _: _let_arrive(slow)

    run(tmp_path, clock, hook(receiver))
    slow.threads[0].join()

    assert state_by_channel(store) == {"hook": DELIVERED}


def _let_arrive(slow: Slow) -> Answer:
    slow.arrived.set()
    return Answer(500)


def test_trial_goes_the_way_of_an_alert(receiver: Receiver) -> None:
    outcome = send_test(hook(receiver), NOW)

    assert outcome.result is Result.DELIVERED
    assert [request.json["type"].rpartition(".")[2] for request in receiver.heard] == [
        "opened",
        "closed",
    ]


def test_trial_tells_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(MissingExtra, match="apprise"):
        send_test(Channel("any", "apprise", Apprise(place("json://127.0.0.1"))), NOW)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Of the library's own imports.
def test_apprise_reaches_what_it_knows(receiver: Receiver) -> None:
    url = receiver.url.replace("http://", "json://")

    arrived = send_test(Channel("any", "apprise", Apprise(place(url))), NOW)
    receiver.answer = lambda _: Answer(404)
    refused = send_test(Channel("any", "apprise", Apprise(place(url))), NOW)

    assert (arrived.result, refused.result) == (Result.DELIVERED, Result.RETRY)
    assert b"only a trial" in receiver.heard[0].body


def test_message_that_a_clock_that_ran_ahead_put_off_is_sent_when_it_is_right(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    right = clock.now
    clock.advance(days=365)
    with Receiver(lambda _: Answer(429, headers={"retry-after": "60"})) as failing:
        record(store, [make_alert()], "ops", at=clock.now)
        assert run(tmp_path, clock, slack(failing)).remaining == 1
    clock.now = right

    assert run(tmp_path, clock, slack(receiver)).delivered == 1
    assert len(receiver.asked) == 1


def test_message_whose_sender_died_under_a_clock_that_ran_ahead_is_sent(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    record(store, [make_alert()], "ops")
    ahead = clock.now + timedelta(days=365)
    with store.transaction() as transaction:
        claim(transaction, "ops", Lease("gone", ahead), ahead, most_rows=1)

    assert run(tmp_path, clock, slack(receiver)).delivered == 1


def test_hold_of_a_clock_that_ran_ahead_gives_way_to_the_next_one(
    tmp_path: Path, store: Store, clock: Clock, receiver: Receiver
) -> None:
    with store.transaction() as transaction:
        hold_channel(transaction, "ops", clock.now + timedelta(days=365))
    record(store, thresholds(MOST_NOTICES + 1), "ops")

    assert run(tmp_path, clock, slack(receiver)).delivered == MOST_NOTICES + 1
    assert clock.waited == [PAUSE_SECONDS]
