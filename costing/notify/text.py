"""A notice in words, for every channel that people read.

Rule of this file: the words of an alert are those of its frozen payload, whose `lines` are what
people read; only that it is a repeat, or that it is over, is said here. Each channel cuts and
escapes by its own rules, with `shorten`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from costing.notify.channel import Notice
from costing.state.delivery import Event

LINES: Final = "lines"
MOST_PAYLOAD_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Text:
    """A notice in words.

    Attributes:
        headline: one line, with the alert's id.
        lines: what follows, none of them empty.
    """

    headline: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.headline, *(f"  {line}" for line in self.lines)])


def compose(notice: Notice) -> Text:
    """The words of a notice."""
    alert = notice.stored.alert
    repeat = f"repeat of {alert.alert_id}: " if notice.is_repeat else ""
    if notice.key.event is Event.CLOSED:
        return Text(f"{repeat}over: {one_line(alert.summary)} [{alert.alert_id}]", _why(notice))
    headline = f"{repeat}{alert.severity}: {one_line(alert.summary)} [{alert.alert_id}]"
    return Text(headline, _lines(payload_of(notice)))


def payload_of(notice: Notice) -> Mapping[str, object]:
    """The facts of an alert; none where they are no JSON object or too long for a message."""
    payload = notice.stored.alert.payload
    if len(payload.encode()) > MOST_PAYLOAD_BYTES:
        return {}
    try:
        facts: object = json.loads(payload)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def one_line(text: str) -> str:
    """A text on one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def shorten(text: str, most_characters: int) -> str:
    """A text of at most so many characters, which shows that it was cut.

    >>> shorten("over the limit", 8), shorten("over", 8)
    ('over th…', 'over')
    """
    return text if len(text) <= most_characters else f"{text[: most_characters - 1]}…"


def _lines(facts: Mapping[str, object]) -> tuple[str, ...]:
    lines = facts.get(LINES)
    several = lines if isinstance(lines, list) else []
    shown = (one_line(line) for line in several if isinstance(line, str))
    return tuple(line for line in shown if line)


def _why(notice: Notice) -> tuple[str, ...]:
    closure = notice.stored.closure
    return () if closure is None else (closure.written,)
