"""One request and its answer; the only module that knows the HTTP library.

Rule of this file: every request has bounds in time and size and follows no redirect, and whatever
the library raises becomes a `NoAnswer`, so that a change of library touches this file alone. What
a status means is the caller's business, and so is what may be shown of an error's words.

httpx: https://www.python-httpx.org
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from time import monotonic

import httpx

from costing import __version__
from costing.http.bounds import Bounds


class Stage(Enum):
    """How far a request came that got no whole answer."""

    UNSENT = "unsent"
    """It was never given out, so the other side cannot have acted on it."""
    UNSECURED = "unsecured"
    """No TLS, or a certificate that is not trusted: it was not given out, either."""
    SENT = "sent"
    """It was given out at least in part, and may have been acted on."""
    BROKEN = "broken"
    """An answer came and cannot be unpacked."""


class NoAnswer(Exception):
    """There is no whole answer. It is caught where the request was made, and never shown as such.

    Attributes:
        stage: how far the request came.
        reason: what happened, in words that may hold anything the other side said.
    """

    def __init__(self, stage: Stage, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address by which two are compared.

    Attributes:
        origin: scheme, host and port; the port is None where it is the scheme's own.
        has_user: whether it names a user or a password.
    """

    origin: tuple[str, str, int | None]
    has_user: bool


def read_address(text: str) -> Address | None:
    """The parts of an address; None where the text is none."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return None
    return Address((url.scheme, url.host, url.port), has_user=bool(url.userinfo))


class Answering:
    """An answer of which the head has come.

    Attributes:
        status: the HTTP status.
        headers: by small letters.
        is_redirect: whether it sends us elsewhere.
    """

    def __init__(self, response: httpx.Response, bounds: Bounds) -> None:
        self._response = response
        self._bounds = bounds
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.is_redirect = response.has_redirect_location or 300 <= self.status < 400

    def read(self, limit_bytes: int) -> bytes | None:
        """The body, unpacked; None if it is longer than the limit.

        Raises:
            NoAnswer: it does not come whole, or not in time.
        """
        latest = monotonic() + self._bounds.answer_seconds
        pieces: list[bytes] = []
        taken_bytes = 0
        for piece in self._response.iter_bytes():
            pieces.append(piece)
            taken_bytes += len(piece)
            if taken_bytes > limit_bytes:
                return None
            if monotonic() > latest:
                reason = f"an answer takes longer than {self._bounds.answer_seconds:g} s"
                raise NoAnswer(Stage.SENT, reason)
        return b"".join(pieces)


class Exchange:
    """Connections that are kept open between requests; threads may share them.

    Proxies and certificates come from the usual variables (`HTTPS_PROXY`, `SSL_CERT_FILE`, ...).
    """

    def __init__(self, headers: Mapping[str, str], bounds: Bounds) -> None:
        self._bounds = bounds
        named = {"User-Agent": f"costing/{__version__}", **headers}
        self._http = httpx.Client(
            headers=named, timeout=_timeout(bounds), follow_redirects=False, verify=_trusted()
        )

    def close(self) -> None:
        """Close the connections. One that another thread uses meanwhile is left open."""
        self._http.close()

    @contextmanager
    def request(
        self,
        method: str,
        address: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Answering]:
        """Send one request; its answer may be read inside the block.

        Raises:
            NoAnswer: none came, or, inside the block, not the whole of it.
        """
        try:
            with self._http.stream(method, address, content=body, headers=headers) as response:
                yield Answering(response, self._bounds)
        except httpx.InvalidURL as error:
            raise NoAnswer(Stage.UNSENT, "the address is none") from error
        except httpx.DecodingError as error:
            raise NoAnswer(Stage.BROKEN, "it cannot be unpacked") from error
        except httpx.RequestError as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: httpx.RequestError) -> NoAnswer:
        """What an error of the library means while there is no whole answer."""
        if _is_of_tls(error):
            return NoAnswer(Stage.UNSECURED, str(error))
        match error:
            case httpx.ConnectTimeout():
                reason = f"no connection within {self._bounds.connect_seconds:g} s"
            case httpx.ReadTimeout():
                reason = f"nothing came for {self._bounds.read_seconds:g} s"
            case _:
                reason = str(error) or type(error).__name__
        is_unsent = isinstance(error, _UNSENT)
        return NoAnswer(Stage.UNSENT if is_unsent else Stage.SENT, reason)


_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once: that takes longer than a request."""
    return httpx.create_ssl_context()


def _timeout(bounds: Bounds) -> httpx.Timeout:
    return httpx.Timeout(
        connect=bounds.connect_seconds,
        read=bounds.read_seconds,
        write=bounds.write_seconds,
        pool=bounds.pool_seconds,
    )


def _is_of_tls(error: BaseException) -> bool:
    """Whether an error comes from the handshake, where trying again does not help."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return any(isinstance(one, ssl.SSLError) for one in causes)
