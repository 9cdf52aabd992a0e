"""Channel `pagerduty`: Events API v2.

Rule of this file: the alert's id is the deduplication key of everything that is said of it, so a
repeat changes nothing there, and its end resolves the incident that its opening triggered. An
alert that a person acknowledged is over, so it is resolved, too.

The interface and its limits, 1,024 characters a summary, 255 a key, 512 kB an event, 202 for
accepted: https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from costing.http.bounds import Bounds
from costing.notify.channel import Notice, Outcome
from costing.notify.channel_table import ChannelTable
from costing.notify.http import post_json
from costing.notify.secret import SecretPlace
from costing.notify.text import compose, one_line, payload_of, shorten
from costing.state.delivery import Event

ADDRESS: Final = "https://events.pagerduty.com/v2/enqueue"
MOST_SUMMARY_CHARACTERS: Final = 1_024
CLIENT: Final = "costing"


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """Sends events to one service's integration.

    Attributes:
        routing_key: the integration key.
        url: where events go; Europe has an address of its own.
    """

    routing_key: SecretPlace
    url: SecretPlace
    bounds: Bounds
    can_resolve: bool = True
    most_notices: int = 1
    pause_seconds: float = 0.0

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:
        """Send the event of one notice."""
        [notice] = notices
        body = event(notice, self.routing_key.read().reveal())
        return post_json(self.url.read(), body, bounds=self.bounds, now=now)


def event(notice: Notice, routing_key: str) -> bytes:
    """The event of a notice, as JSON."""
    alert = notice.stored.alert
    head = {"routing_key": routing_key, "dedup_key": alert.alert_id}
    if notice.key.event is Event.CLOSED:
        return json.dumps({**head, "event_action": "resolve"}).encode()
    details = {**payload_of(notice), "alert_id": alert.alert_id}
    payload = {
        "summary": shorten(one_line(alert.summary), MOST_SUMMARY_CHARACTERS),
        "source": alert.key.subject,
        "severity": alert.severity.value,
        "timestamp": alert.opened_at.isoformat(),
        "component": alert.key.budget,
        "group": "budgets",
        "class": alert.key.threshold,
        "custom_details": {**details, "text": str(compose(notice))},
    }
    body = {**head, "event_action": "trigger", "client": CLIENT, "payload": payload}
    return json.dumps(body).encode()


def read_pagerduty(table: ChannelTable) -> PagerDuty | None:
    """`type = "pagerduty"`: `routing_key_variable` or `routing_key_file`; `url` for Europe."""
    key, url, bounds = table.secret("routing_key"), table.address("url", ADDRESS), table.bounds()
    return None if key is None or url is None else PagerDuty(key, url, bounds)
