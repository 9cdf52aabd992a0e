"""The client of Replicate's HTTP interface: what can be asked, and the patience in asking.

Rule of this file: it only reads, so every request may be repeated, and is where that may help.
One request and its bounds are the matter of `costing.replicate.connection`.

The interface: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from threading import Event
from typing import TypeVar
from urllib.parse import quote, urlencode

from costing.clock import Clock
from costing.closable import Closable
from costing.errors import UsageError
from costing.replicate.body import BodyUnreadable, read_object, read_resource
from costing.replicate.connection import Connection
from costing.replicate.error import (
    AnswerBroken,
    AnswerUnexpected,
    ClientClosed,
    ReplicateError,
)
from costing.replicate.limit import Limits
from costing.replicate.pacing import Pacing
from costing.replicate.page import Page, read_page
from costing.replicate.resource import (
    Account,
    Deployment,
    DeploymentPage,
    Hardware,
    Model,
    WebhookKey,
)
from costing.setting_value import Secret
from costing.settings import DEFAULT_API_URL

MOST_DEPLOYMENT_PAGES = 1_000
"""More than any account has; a list without an end is noticed by it."""

Result = TypeVar("Result")
Paged = TypeVar("Paged", Page, DeploymentPage)


class Source(StrEnum):
    """Where predictions were made, as far as the list can be narrowed by it."""

    WEB = "web"


class Client(Closable):
    """A connection to Replicate, kept open between requests; threads may share it.

    Proxies and certificates come from the usual variables (`HTTPS_PROXY`, `SSL_CERT_FILE`, ...).
    Every request raises a `ReplicateError` where there was no answer, or not the one that was
    asked for.

    Args:
        token: sent with every request, and shown nowhere.
        url: the base address.
        limits: bounds on time, size and patience.
        pacing: the limit of requests; give the same one to clients that share an account.
        wait: waits for some seconds. By default it wakes up when the client is closed.
        draw: a number from [0, 1), evenly drawn, for the waits between two tries.
        clock: the current instant, for dates in `Retry-After`.
    """

    def __init__(
        self,
        token: Secret,
        *,
        clock: Clock,
        url: str = DEFAULT_API_URL,
        limits: Limits | None = None,
        pacing: Pacing | None = None,
        wait: Callable[[float], None] | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._url = url.rstrip("/")
        self._patience = (limits or Limits()).patience
        self._connection = Connection(token, self._url, limits or Limits(), clock)
        self._pacing = pacing or Pacing()
        self._closed = Event()
        self._wait = wait or self._wait_unless_closed
        self._draw = draw

    def close(self) -> None:
        """Take no more requests; who waits for another try in another thread gives up."""
        self._closed.set()
        self._connection.close()

    def predictions(
        self,
        *,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        source: Source | None = None,
    ) -> Iterator[Page]:
        """The predictions of the account in pages, newest first.

        Records that are made or change meanwhile may come twice, and in another order.

        Args:
            created_after: only those made at this instant or later.
            created_before: only those made earlier than this instant.
            source: only those made there; Replicate knows of the last 14 days.
        """
        options = {
            "created_after": _instant_text(created_after),
            "created_before": _instant_text(created_before),
            "source": source.value if source else "",
        }
        asked = {name: value for name, value in options.items() if value}
        return self.pages(self._address("predictions", **asked))

    def trainings(self) -> Iterator[Page]:
        """The trainings of the account in pages, newest first. They cannot be narrowed by date."""
        return self.pages(self._address("trainings"))

    def pages(self, address: str) -> Iterator[Page]:
        """The page at an address, and all that follow it: how to resume from a stored cursor.

        Raises:
            AddressRefused: the address is not of the base address's origin.
            AnswerUnexpected: the pages run in a circle.
        """
        return self._follow(address, self.page)

    def page(self, address: str) -> Page:
        """One page: the address is that of an earlier page, or its `next`."""
        return self._get(address, lambda body: read_page(address, body))

    def prediction(self, id: str) -> bytes:  # noqa: A002 - Replicate's word
        """One prediction as it stands now: a JSON object, its numbers untouched."""
        return self._get(self._address("predictions", id), _check_record)

    def training(self, id: str) -> bytes:  # noqa: A002 - Replicate's word
        """One training as it stands now: a JSON object, its numbers untouched."""
        return self._get(self._address("trainings", id), _check_record)

    def deployments(self) -> Iterator[Deployment]:
        """The deployments of the account, each with its current release."""
        address = self._address("deployments")
        for number, page in enumerate(self._follow(address, self._deployment_page), start=1):
            if number > MOST_DEPLOYMENT_PAGES:
                raise AnswerUnexpected(self._connection.shown(address), "its pages have no end")
            yield from page.results

    def deployment(self, owner: str, name: str) -> Deployment:
        """One deployment with its current release."""
        return self._resource(Deployment, "deployments", owner, name)

    def model(self, owner: str, name: str) -> Model:
        """One model."""
        return self._resource(Model, "models", owner, name)

    def hardware(self) -> tuple[Hardware, ...]:
        """The hardware tiers that there are now."""
        return self._resource(tuple[Hardware, ...], "hardware")

    def account(self) -> Account:
        """Whose token it is: the cheapest way to learn whether it is accepted."""
        return self._resource(Account, "account")

    def webhook_secret(self) -> Secret:
        """The key that Replicate signs webhooks with, `whsec_…`."""
        key = self._resource(WebhookKey, "webhooks", "default", "secret")
        return Secret(key.key)

    def _deployment_page(self, address: str) -> DeploymentPage:
        return self._get(address, lambda body: read_resource(DeploymentPage, body))

    def _follow(self, address: str, ask: Callable[[str], Paged]) -> Iterator[Paged]:
        """The page at an address, and those behind it, each as it is asked for."""
        seen = set[str]()
        following: str | None = address
        while following is not None:
            if following in seen:
                shown = self._connection.shown(following)
                raise AnswerUnexpected(shown, "its pages run in a circle")
            seen.add(following)
            page = ask(following)
            yield page
            following = page.next

    def _resource(self, kind: type[Result], *path: str) -> Result:
        return self._get(self._address(*path), lambda body: read_resource(kind, body))

    def _address(self, *path: str, **query: str) -> str:
        """The address below the base of a path, and a query, whose parts may hold anything."""
        for part in path:
            if part in {"", ".", ".."}:
                raise UsageError(f'"{part}" is no name or id', help="check how it is spelled")
        address = "/".join([self._url, *(quote(part, safe="") for part in path)])
        return f"{address}?{urlencode(query)}" if query else address

    def _get(self, address: str, read: Callable[[bytes], Result]) -> Result:
        """What an address answers, read; tried again as long as that may help."""
        waited_seconds = 0.0
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._read(address, self._ask(address), read)
            except ReplicateError as error:
                seconds = self._seconds_to_next_try(error, attempt, waited_seconds)
                if seconds is None:
                    error.notes += _tries_note(error, attempt)
                    raise
            self._wait(seconds)
            waited_seconds += seconds

    def _ask(self, address: str) -> bytes:
        """One try, when the limit of requests allows it."""
        seconds = self._pacing.reserve()
        if seconds > 0:
            self._wait(seconds)
        return self._connection.ask(address, self._pacing.observe)

    def _read(self, address: str, body: bytes, read: Callable[[bytes], Result]) -> Result:
        """What a body means.

        Raises:
            AnswerBroken: it is no whole JSON text, as when a connection without a length is cut.
            AnswerUnexpected: it is JSON that Replicate's interface does not promise.
        """
        try:
            return read(body)
        except BodyUnreadable as error:
            kind = AnswerUnexpected if error.is_json else AnswerBroken
            raise kind(self._connection.shown(address), str(error)) from None

    def _seconds_to_next_try(
        self, error: ReplicateError, attempt: int, waited_seconds: float
    ) -> float | None:
        """How long to wait before another try; None if there is to be none."""
        if not error.is_transient:
            return None
        return self._patience.wait_seconds(
            attempt,
            asked_seconds=error.asked_seconds,
            waited_seconds=waited_seconds,
            draw=self._draw(),
        )

    def _wait_unless_closed(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise ClientClosed(self._url)


def _check_record(body: bytes) -> bytes:
    """The body itself, if it is a JSON object."""
    read_object(body)
    return body


def _tries_note(error: ReplicateError, attempt: int) -> tuple[str, ...]:
    """What was tried, and what Replicate asked for, of an error that ends the patience."""
    tried = (f"tried {attempt} times",) if attempt > 1 else ()
    asked = error.asked_seconds
    return tried if asked is None else (*tried, f"Replicate asks to wait {asked:,.0f} s")


def _instant_text(instant: datetime | None) -> str:
    """An instant in Replicate's spelling; empty for none."""
    if instant is None:
        return ""
    if instant.tzinfo is None:
        raise ValueError("the instant has no time zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
