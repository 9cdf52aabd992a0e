"""One request and its answer; the only module that knows the HTTP library.

Rule of this file: every request has bounds in time and size, follows no redirect, and goes to the
origin of the base address or not at all, for it carries the token. What the library raises becomes
an error of `costing.replicate.error` here, and what an error quotes is cleaned here.

httpx: https://www.python-httpx.org
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Lock
from time import monotonic

import httpx

from costing import __version__
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
from costing.replicate.retry import RETRIED_STATUSES, asked_wait_seconds
from costing.setting_value import Secret


class Connection:
    """Connections to one origin, kept open between requests; threads may share them.

    Proxies and certificates come from the usual variables (`HTTPS_PROXY`, `SSL_CERT_FILE`, ...).
    """

    def __init__(
        self, token: Secret, url: str, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        self._token = token
        self._base = httpx.URL(url)
        self._limits = limits
        self._clock = clock
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "Accept": "application/json",
            "User-Agent": f"costing/{__version__}",
        }
        self._http = httpx.Client(headers=headers, timeout=_timeout(limits), follow_redirects=False)
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
        url = self._own_address(address)
        shown = self.shown(address)
        try:
            with self._counted(shown), self._http.stream("GET", url) as response:
                observe(response.headers)
                return self._take(shown, response)
        except httpx.DecodingError:
            raise AnswerBroken(shown, "it cannot be unpacked") from None
        except httpx.RequestError as error:
            raise self._unreachable(shown, error) from error

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

    def _own_address(self, address: str) -> httpx.URL:
        """The address, if it is of our origin and names no user of its own."""
        refused = AddressRefused(self.shown(address), str(self._base))
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            raise refused from None
        if url.userinfo or _origin(url) != _origin(self._base):
            raise refused
        return url

    def _take(self, shown: str, response: httpx.Response) -> bytes:
        """The body, if it is of the status and type that were asked for."""
        if response.status_code != httpx.codes.OK:
            raise self._refusal(shown, response)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            reason = f"its type is {quote_text(kind, self._token) or 'not given'}"
            raise AnswerUnexpected(shown, reason)
        body = self._read(shown, response, self._limits.body_bytes)
        if body is None:
            raise AnswerTooLarge(shown, self._limits.body_bytes)
        return body

    def _read(self, shown: str, response: httpx.Response, limit_bytes: int) -> bytes | None:
        """The body, unpacked; None if it is longer than the limit."""
        latest = monotonic() + self._limits.answer_seconds
        pieces: list[bytes] = []
        taken_bytes = 0
        for piece in response.iter_bytes():
            pieces.append(piece)
            taken_bytes += len(piece)
            if taken_bytes > limit_bytes:
                return None
            if monotonic() > latest:
                reason = f"an answer takes longer than {self._limits.answer_seconds:g} s"
                raise Unreachable(shown, reason)
        return b"".join(pieces)

    def _refusal(self, shown: str, response: httpx.Response) -> ReplicateError:
        """The error that stands for a status other than 200."""
        status = response.status_code
        if response.has_redirect_location or 300 <= status < 400:
            target = quote_text(response.headers.get("location", ""), self._token)
            return RedirectRefused(shown, status, target)
        body = self._read(shown, response, LONGEST_ERROR_BYTES) or b""
        error = refusal(shown, status, quote_problem(body, self._token))
        error.is_transient = status in RETRIED_STATUSES
        error.asked_seconds = asked_wait_seconds(status, response.headers, self._clock())
        return error

    def _unreachable(self, shown: str, error: httpx.RequestError) -> Unreachable:
        """The error that stands for one of the library while there is no whole answer."""
        if _is_of_tls(error):
            return NotSecured(shown, quote_text(str(error), self._token))
        match error:
            case httpx.ConnectTimeout():
                reason = f"no connection within {self._limits.connect_seconds:g} s"
            case httpx.ReadTimeout():
                reason = f"nothing came for {self._limits.read_seconds:g} s"
            case _:
                reason = quote_text(str(error), self._token) or type(error).__name__
        return Unreachable(shown, reason)


def _timeout(limits: Limits) -> httpx.Timeout:
    return httpx.Timeout(
        connect=limits.connect_seconds,
        read=limits.read_seconds,
        write=limits.write_seconds,
        pool=limits.pool_seconds,
    )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port; the library leaves a scheme's own port out."""
    return url.scheme, url.host, url.port


def _is_of_tls(error: BaseException) -> bool:
    """Whether an error comes from the handshake, where trying again does not help."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return any(isinstance(one, ssl.SSLError) for one in causes)
