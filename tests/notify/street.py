"""Channels that share one receiver, the messages in what it is asked, and how badly it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.notify.receiver import FAILED, LOST, OK, Answer, Request
from tests.notify.sample import KEY

FAILED_PERCENT, LOST_PERCENT = 30, 10

HTTP_CHANNELS = """
[[channel]]
name = "ops"
type = "slack"
url_file = "slack.url"

[[channel]]
name = "pager"
type = "pagerduty"
routing_key_file = "pager.key"
url = "{url}"

[[channel]]
name = "hook"
type = "webhook"
url = "{url}"
secret_file = "hook.secret"
"""


def write_channels(home: Path, url: str, more: str = "") -> Path:
    """A budgets.toml with a channel of each kind that speaks HTTP, their secrets, and more."""
    path = home / "budgets.toml"
    path.write_text(HTTP_CHANNELS.format(url=url) + more)
    for name, secret in (("slack.url", url), ("pager.key", "R0UT1NG"), ("hook.secret", KEY)):
        (home / name).write_text(secret)
        (home / name).chmod(0o600)
    return path


def draw_answer(random: Random) -> Answer:
    """An answer that fails or is lost as often as a bad street."""
    weights = [FAILED_PERCENT, LOST_PERCENT, 100 - FAILED_PERCENT - LOST_PERCENT]
    return random.choices([FAILED, LOST, OK], weights)[0]


def read_messages(request: Request) -> Iterator[str]:
    """Channel and alert of each message in a request, by what its protocol knows repeats by."""
    if "webhook-id" in request.headers:
        alert_id, event, channel = request.headers["webhook-id"].split("_")
        is_same = request.json["data"]["alert_id"] == alert_id
        yield f"{channel} {alert_id}" if event == "opened" and is_same else f"{event} {alert_id}"
    elif "dedup_key" in request.json:
        yield f"pager {request.json['dedup_key']}"
    else:
        for line in request.json["text"].splitlines():
            yield f"ops {line.rpartition('[')[2].rstrip(']')}"
