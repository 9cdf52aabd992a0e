"""Channel `webhook`: a signed JSON text to an address of the user's.

Rule of this file: the body of a message is the same at each attempt, and `webhook-id` is the key of
the delivery, by which a receiver knows a repeat. The signature is that of Standard Webhooks:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from costing.http.bounds import Bounds
from costing.notify.channel import Notice, Outcome
from costing.notify.channel_table import ChannelTable
from costing.notify.error import SecretMissing
from costing.notify.http import post_json
from costing.notify.secret import SecretPlace
from costing.notify.text import payload_of
from costing.service.webhook import read_secret, sign
from costing.setting_value import Secret
from costing.state.delivery import Event

TYPE_PREFIX: Final = "budget.alert."


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts signed messages.

    Attributes:
        secret: one or more `whsec_…` with space between, each of which signs.
    """

    url: SecretPlace
    secret: SecretPlace
    bounds: Bounds
    can_resolve: bool = True
    most_notices: int = 1
    pause_seconds: float = 0.0

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:
        """Post one notice."""
        [notice] = notices
        body = message(notice)
        headers = sign_message(_keys(self.secret.read()), str(notice.key), body, now)
        return post_json(self.url.read(), body, bounds=self.bounds, now=now, headers=headers)


def message(notice: Notice) -> bytes:
    """The body of a message, as JSON: `type`, `timestamp` and `data`."""
    stored = notice.stored
    alert = stored.alert
    is_over = notice.key.event is Event.CLOSED
    data = {
        "alert_id": alert.alert_id,
        **asdict(alert.key),
        "severity": alert.severity.value,
        "opened_at": alert.opened_at.isoformat(),
        "threshold_usd": None if alert.threshold_usd is None else str(alert.threshold_usd),
        "summary": alert.summary,
        "facts": payload_of(notice),
        "closed_at": stored.closed_at.isoformat() if is_over and stored.closed_at else None,
        "closure": stored.closure.value if is_over and stored.closure else None,
    }
    body = {
        "type": f"{TYPE_PREFIX}{notice.key.event}",
        "timestamp": notice.created_at.isoformat(),
        "data": data,
    }
    return json.dumps(body).encode()


def sign_message(keys: Sequence[bytes], key: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of a message."""
    timestamp = str(int(now.timestamp()))
    return {
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(sign(one, key, timestamp, body) for one in keys),
    }


def _keys(secret: Secret) -> list[bytes]:
    try:
        return [read_secret(word) for word in secret.reveal().split()]
    except ValueError as error:
        raise SecretMissing("", str(error)) from None


def read_webhook(table: ChannelTable) -> Webhook | None:
    """`type = "webhook"`: `url`, or where it is; `secret_variable` or `secret_file`."""
    url, secret, bounds = table.address("url"), table.secret("secret"), table.bounds()
    return None if url is None or secret is None else Webhook(url, secret, bounds)
