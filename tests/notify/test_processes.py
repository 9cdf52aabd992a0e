"""Many relays at once, a third of them killed, to channels that fail and lose acknowledgements.

The promise: every alert reaches every channel at least once, none under a second key, no message
is under way twice at the same time, and nothing stays leased for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Lock

import pytest

from costing.budget.alert import Alert
from costing.notify.channel import Channel
from costing.notify.channel_file import read_channels
from costing.notify.relay import relay
from costing.state.alert import history, record_alerts
from costing.state.connection import open_store
from costing.state.delivery import DeliveryState
from tests.notify.receiver import Answer, Receiver, Request
from tests.notify.sample import NOW, Clock, make_alert
from tests.notify.street import draw_answer, read_messages, write_channels
from tests.state.child import Child

ALERTS = 24
ROUNDS = 6
RELAYS = 6
KILLED = 2
MOST_ROUNDS = 200
ROUND = timedelta(minutes=20)  # Longer than a lease, and than most waits.

RELAY = """
from datetime import datetime
from costing.notify.channel_file import read_channels
from costing.notify.relay import relay
from tests.notify.sample import Clock
path = home / "budgets.toml"
channels = read_channels(path.read_bytes(), path, {})
clock = Clock(datetime.fromisoformat(name))
say("ready")
sys.stdin.readline()
relay(home, channels, clock, wait=clock.wait, draw=lambda: 0.999)
say("done")
"""


class Street:
    """A receiver that fails 30 %, loses 10 % of acknowledgements, and kills whom it is told to.

    It notes by round which messages were asked for. No wait is shorter than 29 seconds and no round
    longer, so what comes twice in a round was sent by two relays at the same time.
    """

    def __init__(self, receiver: Receiver) -> None:
        self.random = Random(4)
        self.round = 0
        self.victims: list[Child] = []
        self.asked: Counter[tuple[int, str]] = Counter()
        self.heard: Counter[str] = Counter()
        self._lock = Lock()
        self._receiver = receiver
        receiver.answer = self.answer

    def answer(self, request: Request) -> Answer:
        with self._lock:
            keys = list(read_messages(request))
            self.asked.update((self.round, key) for key in keys)
            if self.victims and self.random.random() < 0.25:
                self.victims.pop().kill()
            answer = draw_answer(self.random)
            if answer.is_heard:
                self.heard.update(keys)
            return answer


@pytest.mark.slow
def test_every_alert_arrives_and_none_under_a_second_key(tmp_path: Path) -> None:
    alerts = [make_alert(f"actual:{number}pct") for number in range(ALERTS)]
    killed = 0
    with Receiver() as receiver:
        street = Street(receiver)
        channels = _set_up(tmp_path, receiver)
        for number in range(ROUNDS):
            _record(tmp_path, alerts[number::ROUNDS], list(channels))
            killed += _overlap(tmp_path, street)
        _finish(tmp_path, channels, street)

    with open_store(tmp_path) as store:
        states = {one.state for told in history(store) for one in told.deliveries}
    expected = {f"{name} {alert.alert_id}" for name in channels for alert in alerts}
    assert killed == ROUNDS * KILLED
    assert states == {DeliveryState.DELIVERED}
    assert set(street.heard) == expected
    assert {key for key, count in street.asked.items() if count > 1} == set()


def _record(home: Path, alerts: Sequence[Alert], channels: list[str]) -> None:
    with open_store(home) as store, store.transaction() as transaction:
        record_alerts(transaction, alerts, {"search": channels}, NOW)


def _set_up(home: Path, receiver: Receiver) -> dict[str, Channel]:
    path = write_channels(home, receiver.url)
    return dict(read_channels(path.read_bytes(), path, {}))


def _overlap(home: Path, street: Street) -> int:
    """Relays at the same time, some of them killed in the middle; how many were."""
    street.round += 1
    with ExitStack() as stack:
        now = (NOW + street.round * ROUND).isoformat()
        children = [stack.enter_context(Child(RELAY, home, now)) for _ in range(RELAYS)]
        assert [child.hear() for child in children] == ["ready"] * RELAYS
        victims = street.victims = children[:KILLED]
        killed = len(victims)
        for child in children:
            child.tell()
        for child in children[KILLED:]:
            assert child.hear() == "done"
        while street.victims:
            street.victims.pop().kill()
    return killed


def _finish(home: Path, channels: dict[str, Channel], street: Street) -> None:
    """Relays one after the other until nothing is left to send."""
    clock = Clock(NOW)
    while street.round < MOST_ROUNDS:
        street.round += 1
        clock.now = NOW + street.round * ROUND
        if relay(home, channels, clock, wait=clock.wait, draw=lambda: 0.999).remaining == 0:
            return
