"""Why Replicate did not give what was asked for.

    CostingError                            (costing.errors)
    └── ReplicateError                   1  the request failed; whom to catch
        ├── Unreachable                  1  no answer: no connection, too slow, cut off
        │   └── NotSecured               1  no TLS, or a certificate that is not trusted
        ├── AnswerRefused                1  a status that is no success
        │   ├── TokenRefused             4  401: an AuthenticationError, too
        │   ├── CreditUsedUp             1  402: the account has no credit left
        │   ├── AccessRefused            4  403: an AuthenticationError, too
        │   ├── RecordMissing            1  404: a NotFound, too
        │   ├── RateLimited              1  429: too many requests
        │   ├── ServerFailed             1  5xx: the fault is Replicate's
        │   └── RequestRefused           1  any other
        ├── RedirectRefused              1  3xx: redirects are never followed
        ├── AnswerTooLarge               1  longer than the client takes
        ├── AnswerBroken                 1  cut, or no JSON: may pass by itself
        ├── AnswerUnexpected             1  JSON, but not what the interface promises
        ├── AddressRefused               1  a next page that is not Replicate's own
        └── ClientClosed                 1  the client was closed meanwhile
    AuthenticationError                  4  (costing.errors)
    ├── TokenMissing                     4  neither variable nor file
    └── TokenUnusable                    4  a file that cannot be read, or holds no token

Rule of this file: each error says what to do next. What it quotes of an answer was cleaned by
`costing.replicate.quotation`; nothing here has seen the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from costing.errors import AuthenticationError, CostingError, NotFound
from costing.settings import TOKEN_VARIABLE

_TOKENS_PAGE: Final = "https://replicate.com/account/api-tokens"
_BILLING_PAGE: Final = "https://replicate.com/account/billing"
_STATUS_PAGE: Final = "https://www.replicatestatus.com"
_AGAIN: Final = "run it again later; what was taken stays taken"


class ReplicateError(CostingError):
    """A request to Replicate failed.

    Attributes:
        is_transient: whether the same request may succeed a little later.
        asked_seconds: how long Replicate asks to wait before; None if it does not say.
    """

    is_transient = False
    asked_seconds: float | None = None


class Unreachable(ReplicateError):
    """There was no answer: no connection, none in time, or one that broke off."""

    is_transient = True

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"Replicate cannot be reached: {reason}",
            where=address,
            help="check the network, the proxy variables and the setting `api_url`",
        )


class NotSecured(Unreachable):
    """The other side does not prove to be Replicate, or does not speak TLS."""

    is_transient = False


class AnswerRefused(ReplicateError):
    """Replicate answered with a status that is no success.

    Attributes:
        status: the HTTP status.
    """

    meaning = "refused the request"
    advice = "check the command; if it is right, this version may be too old for Replicate"

    def __init__(self, address: str, status: int, told: str) -> None:
        super().__init__(
            f"Replicate {self.meaning} (status {status})",
            where=address,
            notes=[f"Replicate says: {told}"] if told else [],
            help=self.advice,
        )
        self.status = status


class RequestRefused(AnswerRefused):
    """A status that has no error of its own."""


class TokenRefused(AnswerRefused, AuthenticationError):
    """Replicate does not know the token."""

    meaning = "does not accept the API token"
    advice = f"take a token from {_TOKENS_PAGE} and set {TOKEN_VARIABLE} or `api_token_file`"


class AccessRefused(AnswerRefused, AuthenticationError):
    """Replicate knows the token, but it may not do this."""

    meaning = "does not allow this to the API token"
    advice = f"use a token of the account that owns it: {_TOKENS_PAGE}"


class CreditUsedUp(AnswerRefused):
    """The account has no credit left."""

    meaning = "refuses: the account is out of credit"
    advice = f"add credit at {_BILLING_PAGE}, then run it again"


class RecordMissing(AnswerRefused, NotFound):
    """There is nothing of that name or id, or the token may not see it."""

    meaning = "has nothing there, or nothing that this token may see"
    advice = "check the id or name, and that the token is of the account that owns it"


class RateLimited(AnswerRefused):
    """The limit of requests is used up, and waiting did not help."""

    meaning = "takes no more requests for now"
    advice = f"{_AGAIN}; others may be using the same token"


class ServerFailed(AnswerRefused):
    """Replicate failed inside, and trying again did not help."""

    meaning = "failed"
    advice = f"{_AGAIN}; {_STATUS_PAGE} tells whether it is known"


class RedirectRefused(ReplicateError):
    """Replicate, or something that stands before it, sends us elsewhere."""

    def __init__(self, address: str, status: int, target: str) -> None:
        super().__init__(
            f"the answer is a redirect (status {status}), which is not followed",
            where=address,
            notes=[f"to {target}"] if target else [],
            help="check the setting `api_url`, and whether a proxy asks for a login",
        )


class AnswerTooLarge(ReplicateError):
    """An answer is longer than the client takes."""

    def __init__(self, address: str, limit_bytes: int) -> None:
        super().__init__(
            f"the answer is longer than {limit_bytes} bytes",
            where=address,
            help="ask for a shorter period, so that other pages are cut",
        )


class AnswerBroken(ReplicateError):
    """What came is no whole JSON text."""

    is_transient = True

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"Replicate's answer is broken: {reason}", where=address, help=_AGAIN)


class AnswerUnexpected(ReplicateError):
    """An answer that is not what Replicate's interface promises."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"this is no answer of Replicate's interface: {reason}",
            where=address,
            help="check the setting `api_url` and the proxy; else this version may be too old",
        )


class AddressRefused(ReplicateError):
    """An address that the token must not be sent to."""

    def __init__(self, address: str, base: str) -> None:
        super().__init__(
            "the address of the page is not Replicate's own; the token is not sent there",
            where=address,
            notes=[f"pages are only taken from {base}"],
            help="check the setting `api_url`; if it changed since, sync from the beginning",
        )


class ClientClosed(ReplicateError):
    """The client was closed while a request was waiting for its turn."""

    def __init__(self, address: str) -> None:
        super().__init__(
            "the connection to Replicate was closed",
            where=address,
            help="run the same again; whoever closed it has asked for an end",
        )


class TokenMissing(AuthenticationError):
    """There is no API token."""

    def __init__(self) -> None:
        super().__init__(
            "no Replicate API token is set",
            help=f"set {TOKEN_VARIABLE}, or name a file that holds it in `api_token_file`;"
            f" tokens are at {_TOKENS_PAGE}",
        )


class TokenUnusable(AuthenticationError):
    """Text that cannot be an API token, or a file that cannot be read."""

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(
            f"the Replicate API token cannot be used: {reason}",
            where=where,
            help=f"it is one line that begins with r8_; tokens are at {_TOKENS_PAGE}",
        )


_OF_STATUS: Final[Mapping[int, Callable[[str, int, str], AnswerRefused]]] = {
    401: TokenRefused,
    402: CreditUsedUp,
    403: AccessRefused,
    404: RecordMissing,
    429: RateLimited,
}


def refusal(address: str, status: int, told: str) -> AnswerRefused:
    """The error that stands for a status of 400 or more, and any other but 200 and 3xx.

    Args:
        address: what was asked for.
        status: the HTTP status.
        told: what the answer says of it, cleaned; empty if nothing.
    """
    if status in _OF_STATUS:
        return _OF_STATUS[status](address, status, told)
    return (ServerFailed if status >= 500 else RequestRefused)(address, status, told)
