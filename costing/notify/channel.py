"""What a channel is: somewhere to send messages, and what came of a message.

Rule of this file: a channel sends once and says what happened. Whether and when it is tried again,
and who is told instead, is the relay's business, alike for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from costing.state.alert import StoredAlert
from costing.state.delivery import DeliveryKey


class Result(Enum):
    """What came of a message."""

    DELIVERED = "delivered"
    RETRY = "retry"
    """It did not arrive, or nobody knows; the same may succeed later."""
    REFUSED = "refused"
    """It will never be taken, however often it is sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a message, and why.

    Attributes:
        reason: for people, without any secret; '' where there is nothing to say.
        asked_seconds: how long the other side asks us to wait; None if it does not.
        may_have_arrived: whether it may have arrived although it is to be sent again.
        is_down: whether the channel as a whole seems not to work, so that trying the next message
            now is of no use.
    """

    result: Result
    reason: str = ""
    asked_seconds: float | None = None
    may_have_arrived: bool = False
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to be sent.

    Attributes:
        key: by which the other side knows a repeat.
        stored: the alert that it is about.
        created_at: when it was written down, UTC; the same at each attempt.
        is_repeat: whether it may have arrived already.
    """

    key: DeliveryKey
    stored: StoredAlert
    created_at: datetime
    is_repeat: bool = False


class Sender(Protocol):
    """The part of a channel that differs from kind to kind."""

    @property
    def most_notices(self) -> int:
        """How many notices go into one message at most."""

    @property
    def pause_seconds(self) -> float:
        """How long to wait between two messages at least."""

    @property
    def can_resolve(self) -> bool:
        """Whether it is told that an alert is over."""

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:
        """Send one message that holds these notices, at least one.

        Raises:
            CostingError: it cannot be sent as things stand on this machine.
        """


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as budgets.toml names it.

    Attributes:
        kind: one of `costing.notify.registry`.
        fallback: name of the channel that is told what this one refuses; None for nobody.
    """

    name: str
    kind: str
    sender: Sender
    fallback: str | None = None
