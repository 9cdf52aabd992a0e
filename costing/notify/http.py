"""One POST, and what its status means for a message; the small client of channels and heartbeats.

Rule of this file: an address may hold a secret, so it is never shown, nor is what an answer quotes
of it. Statuses that say "never like this" are refusals; everything else that is no success may be
sent again. Which ones the published protocols name: 400, 401, 403, 404, 410; the other refusals are
those of RFC 9110 that only a change of the request or the settings can mend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from costing.http.bounds import Bounds
from costing.notify.channel import Outcome, Result
from costing.setting_value import Secret, read_url

if TYPE_CHECKING:
    from costing.http.exchange import Answering, NoAnswer

REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422})
_LONGEST_ANSWER_BYTES: Final = 64 * 1024
_READABLE: Final = frozenset({"text/plain", "application/json", "application/problem+json"})
_JSON: Final = {"Content-Type": "application/json"}


def post_json(
    address: Secret,
    body: bytes,
    *,
    bounds: Bounds,
    now: datetime,
    headers: Mapping[str, str] | None = None,
) -> Outcome:
    """Send a JSON text to an address once, and say what came of it."""
    return _ask("POST", address, body, bounds=bounds, now=now, headers={**_JSON, **(headers or {})})


def ping(address: Secret, *, bounds: Bounds, now: datetime) -> Outcome:
    """Ask for an address once: a heartbeat, by which somebody else knows that we are alive."""
    return _ask("GET", address, None, bounds=bounds, now=now, headers={})


def _ask(
    method: str,
    address: Secret,
    body: bytes | None,
    *,
    bounds: Bounds,
    now: datetime,
    headers: Mapping[str, str],
) -> Outcome:
    from costing.http.exchange import Exchange, NoAnswer

    reason = _fault_of(address)
    if reason:
        return Outcome(Result.REFUSED, reason)
    exchange = Exchange(headers, bounds)
    outcome = None
    try:
        with exchange.request(method, address.reveal(), body=body) as answer:
            outcome = _judge(answer, now)
            told = _told(answer, address) if outcome.result is not Result.DELIVERED else ""
            return replace(outcome, reason=f"{outcome.reason}: {told}") if told else outcome
    except NoAnswer as failure:  # Once there is a status, that says enough.
        return outcome or _unanswered(failure, address)
    finally:
        exchange.close()


def _fault_of(address: Secret) -> str:
    """Why nothing can be sent to an address; '' where it can."""
    try:
        read_url(address.reveal().partition("?")[0].partition("#")[0], Path())
    except ValueError as error:
        return f"the address cannot be used: {error}"
    return ""


def _judge(answer: Answering, now: datetime) -> Outcome:
    """What a status means."""
    from costing.http.retry import TOO_MANY_REQUESTS, asked_wait_seconds

    status = answer.status
    if 200 <= status < 300:
        return Outcome(Result.DELIVERED)
    reason = f"status {status}"
    if status in REFUSALS:
        return Outcome(Result.REFUSED, reason)
    asked_seconds = asked_wait_seconds(status, answer.headers, now)
    is_busy = status == TOO_MANY_REQUESTS
    # What failed inside may have been acted on before; who is told to slow down was not heard.
    return Outcome(
        Result.RETRY, reason, asked_seconds, may_have_arrived=status >= 500 and not is_busy
    )


def _told(answer: Answering, address: Secret) -> str:
    """What the other side says, if it is meant to be read; never any part of the address."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _READABLE:
        return ""
    body = answer.read(_LONGEST_ANSWER_BYTES)
    return _clean((body or b"").decode("utf-8", "replace"), address)


def _unanswered(failure: NoAnswer, address: Secret) -> Outcome:
    from costing.http.exchange import Stage

    reason = _clean(failure.reason, address)
    match failure.stage:
        case Stage.UNSENT:
            return Outcome(Result.RETRY, f"no connection: {reason}", is_down=True)
        case Stage.UNSECURED:
            return Outcome(Result.RETRY, f"no secure connection: {reason}", is_down=True)
        case Stage.SENT | Stage.BROKEN:
            words = f"no answer: {reason}"
            return Outcome(Result.RETRY, words, may_have_arrived=True, is_down=True)


def _clean(text: str, address: Secret) -> str:
    """A text on one line, in which neither the address nor its path stands."""
    from costing.replicate.quotation import quote_text

    parts = urlsplit(address.reveal())
    secrets = [address.reveal(), f"{parts.path}?{parts.query}", parts.query, parts.path.strip("/")]
    for secret in secrets:
        if len(secret) > 1:
            text = text.replace(secret, "(not shown)")
    return quote_text(text, address)
