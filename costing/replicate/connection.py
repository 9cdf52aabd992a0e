"""One request to Replicate and its answer.

Rule of this file: a request goes to the origin of the base address or not at all, for it carries
the token. That there was no answer becomes an error of `costing.replicate.error` here, and what an
error quotes is cleaned here. HTTP itself is the matter of `costing.http.exchange`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from threading import Event, Lock

from costing.http.exchange import Answering, Exchange, NoAnswer, Stage, read_address
from costing.http.retry import RETRIED_STATUSES, asked_wait_seconds
from costing.replicate.error import (
    AddressRefused,
    AnswerBroken,
    AnswerTooLarge,
    AnswerUnexpected,
    ClientClosed,
    NotSecured,
    RedirectRefused,
    ReplicateError,
    Unreachable,
    refusal,
)
from costing.replicate.limit import Limits
from costing.replicate.quotation import LONGEST_ERROR_BYTES, quote_problem, quote_text
from costing.setting_value import Secret


class Connection:
    """Connections to one origin, kept open between requests; threads may share them.

    Proxies and certificates come from the usual variables (`HTTPS_PROXY`, `SSL_CERT_FILE`, ...).
    """

    def __init__(
        self, token: Secret, url: str, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        self._token = token
        self._base = url
        self._limits = limits
        self._clock = clock
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "Accept": "application/json",
        }
        self._http = Exchange(headers, limits)
        self._lock = Lock()
        self._under_way = 0
        self._closed = Event()

    def close(self) -> None:
        """Take no more requests, and close the connections when the last one under way has ended.

        The library leaves a connection open that another thread uses while it closes.
        """
        with self._lock:
            self._closed.set()
            is_idle = self._under_way == 0
        if is_idle:
            self._http.close()

    def shown(self, address: str) -> str:
        """An address as errors show it: clean, and without a token that stands in it."""
        return quote_text(address, self._token)

    def ask(self, address: str, observe: Callable[[Mapping[str, str]], None]) -> bytes:
        """The body of one address's answer, unpacked, asked for once.

        Args:
            address: an absolute address of the origin.
            observe: is given the headers of the answer, whatever it is.

        Raises:
            ReplicateError: there was no answer, none of status 200, or we are closed.
        """
        self._check_origin(address)
        shown = self.shown(address)
        try:
            with self._counted(shown), self._http.request("GET", address) as answer:
                observe(answer.headers)
                return self._take(shown, answer)
        except NoAnswer as failure:
            raise self._error(shown, failure) from failure

    @contextmanager
    def _counted(self, shown: str) -> Iterator[None]:
        """Count a request while it is under way."""
        with self._lock:
            if self._closed.is_set():
                raise ClientClosed(shown)
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                is_last = self._closed.is_set() and self._under_way == 0
            if is_last:
                self._http.close()

    def _check_origin(self, address: str) -> None:
        """Refuse an address that is not of our origin, or names a user of its own."""
        base, asked = read_address(self._base), read_address(address)
        if base is None or asked is None or asked.has_user or asked.origin != base.origin:
            raise AddressRefused(self.shown(address), self._base)

    def _take(self, shown: str, answer: Answering) -> bytes:
        """The body, if it is of the status and type that were asked for."""
        if answer.status != HTTPStatus.OK:
            raise self._refusal(shown, answer)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            reason = f"its type is {quote_text(kind, self._token) or 'not given'}"
            raise AnswerUnexpected(shown, reason)
        body = answer.read(self._limits.body_bytes)
        if body is None:
            raise AnswerTooLarge(shown, self._limits.body_bytes)
        return body

    def _refusal(self, shown: str, answer: Answering) -> ReplicateError:
        """The error that stands for a status other than 200."""
        if answer.is_redirect:
            target = quote_text(answer.headers.get("location", ""), self._token)
            return RedirectRefused(shown, answer.status, target)
        body = answer.read(LONGEST_ERROR_BYTES) or b""
        error = refusal(shown, answer.status, quote_problem(body, self._token))
        error.is_transient = answer.status in RETRIED_STATUSES
        error.asked_seconds = asked_wait_seconds(answer.status, answer.headers, self._clock())
        return error

    def _error(self, shown: str, failure: NoAnswer) -> ReplicateError:
        """The error that stands for having no whole answer."""
        reason = quote_text(failure.reason, self._token)
        match failure.stage:
            case Stage.UNSECURED:
                return NotSecured(shown, reason)
            case Stage.BROKEN:
                return AnswerBroken(shown, reason)
            case Stage.UNSENT | Stage.SENT:
                return Unreachable(shown, reason)
