"""Channel `slack`: an incoming webhook.

Rule of this file: Slack knows no repeats and takes one message a second, so the alerts of a run are
one message, and one that may have come before says so. The address is the secret.

The message: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
Its limits, 50 blocks and 3,000 characters in one: https://docs.slack.dev/reference/block-kit/blocks
Its escapes: https://docs.slack.dev/messaging/formatting-message-text
The rate: https://docs.slack.dev/apis/web-api/rate-limits
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
from costing.notify.text import compose, shorten

MOST_NOTICES: Final = 20
PAUSE_SECONDS: Final = 1.0
MOST_BLOCK_CHARACTERS: Final = 3_000
MOST_TEXT_CHARACTERS: Final = 4_000
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LONGEST_ESCAPE: Final = 5


@dataclass(frozen=True, slots=True)
class Slack:
    """Posts to one incoming webhook.

    Attributes:
        url: its address.
        can_resolve: whether a note is posted when an alert is over.
    """

    url: SecretPlace
    bounds: Bounds
    can_resolve: bool = False
    most_notices: int = MOST_NOTICES
    pause_seconds: float = PAUSE_SECONDS

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:
        """Post one message with a block for each notice."""
        return post_json(self.url.read(), message(notices), bounds=self.bounds, now=now)


def message(notices: Sequence[Notice]) -> bytes:
    """The body of a message, as JSON."""
    texts = [compose(notice) for notice in notices]
    blocks = []
    for text in texts:
        words = "\n".join([f"*{escape(text.headline)}*", *map(escape, text.lines)])
        section = {"type": "mrkdwn", "text": cut(words, MOST_BLOCK_CHARACTERS)}
        blocks.append({"type": "section", "text": section})
    headlines = "\n".join(escape(text.headline) for text in texts)
    body = {"text": cut(headlines, MOST_TEXT_CHARACTERS), "blocks": blocks}
    return json.dumps(body).encode()


def escape(text: str) -> str:
    """A text in which nothing is a link, a mention or a channel.

    >>> escape("<!channel> R&D")
    '&lt;!channel&gt; R&amp;D'
    """
    return text.translate(_ESCAPES)


def cut(escaped: str, most_characters: int) -> str:
    """An escaped text of at most so many characters, never cut within an escape."""
    short = shorten(escaped, most_characters)
    start = short.rfind("&", len(short) - _LONGEST_ESCAPE)
    is_split = short != escaped and start >= 0 and ";" not in short[start:]
    return f"{short[:start]}…" if is_split else short


def read_slack(table: ChannelTable) -> Slack | None:
    """`type = "slack"`: `url_variable` or `url_file`; `notes = true` to be told of ends, too."""
    url, bounds, notes = table.secret("url"), table.bounds(), table.flag("notes")
    return None if url is None else Slack(url, bounds, can_resolve=notes)
