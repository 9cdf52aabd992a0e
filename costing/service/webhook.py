"""Whether a webhook is Replicate's: the signature of Standard Webhooks.

Rule of this file: pure; the clock and the secrets are arguments, and nobody's web framework is
known. HMAC-SHA256 over `{id}.{timestamp}.{raw body}` with the base64 part of a `whsec_…` secret;
the header is a space-separated list of `v1,<base64>`. Several secrets are tried, so that one can
be changed for another while both are in use. Sources: https://www.standardwebhooks.com and
replicate.com/docs/topics/webhooks/verify-webhook, read on 2026-11-21.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

PATH = "/webhooks/replicate"
"""Where the service takes webhooks."""

SECRET_PREFIX = "whsec_"
SIGNATURE_VERSION = "v1,"
TOLERANCE_SECONDS = 300
"""How far a webhook's time may lie from ours, before or after."""

MOST_ID_CHARACTERS = 256
MOST_SIGNATURES = 16
"""Signatures in one header that are looked at; Replicate sends one, or two at a change."""

_MOST_TIMESTAMP_DIGITS = 12


class Refusal(Enum):
    """Why a webhook is not believed."""

    UNSIGNED = "unsigned"
    FORGED = "forged"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers by which a webhook is signed, '' where one is missing.

    Attributes:
        id: `webhook-id`, the same when the webhook is sent again.
        timestamp: `webhook-timestamp`, whole seconds since 1970.
        signatures: `webhook-signature`.
    """

    id: str
    timestamp: str
    signatures: str


def read_secret(text: str) -> bytes:
    r"""The key in a secret as Replicate shows it, with `whsec_` or without.

    >>> read_secret("whsec_AAEC")
    b'\x00\x01\x02'

    Raises:
        ValueError: it is no base64 text, or holds nothing.
    """
    try:
        key = b64decode(text.strip().removeprefix(SECRET_PREFIX), validate=True)
    except (NotBase64, ValueError):
        raise ValueError("a webhook secret is whsec_ and base64 text") from None
    if not key:
        raise ValueError("a webhook secret holds nothing")
    return key


def sign(key: bytes, id: str, timestamp: str, raw: bytes) -> str:  # noqa: A002 - the header's name
    """The signature that belongs to a message, `v1,<base64>`."""
    digest = hmac.digest(key, f"{id}.{timestamp}.".encode() + raw, sha256)
    return f"{SIGNATURE_VERSION}{b64encode(digest).decode()}"


def verify(keys: Sequence[bytes], signed: Signed, raw: bytes, now_seconds: float) -> Refusal | None:
    """Why the webhook is refused; None where it is to be believed.

    The time is looked at last, so that `STALE` is only ever said of what was Replicate's once: a
    message that was held up, or one that somebody sends again.

    Args:
        keys: what `read_secret` gives, one or more.
        raw: the body, byte for byte as it came.
        now_seconds: the clock, seconds since 1970.
    """
    if not _is_whole(signed):
        return Refusal.UNSIGNED
    given = [one.encode("utf-8", "replace") for one in signed.signatures.split()[:MOST_SIGNATURES]]
    expected = [sign(key, signed.id, signed.timestamp, raw).encode() for key in keys]
    # Every pair is compared, so that the time that it takes tells nothing.
    matches = [hmac.compare_digest(one, other) for one in given for other in expected]
    if not any(matches):
        return Refusal.FORGED
    is_near = abs(now_seconds - int(signed.timestamp)) <= TOLERANCE_SECONDS
    return None if is_near else Refusal.STALE


def _is_whole(signed: Signed) -> bool:
    """Whether all three headers are there and can be what they say."""
    is_time = signed.timestamp.isascii() and signed.timestamp.isdigit()
    is_short = len(signed.timestamp) <= _MOST_TIMESTAMP_DIGITS
    is_named = 0 < len(signed.id) <= MOST_ID_CHARACTERS
    return bool(is_named and is_time and is_short and signed.signatures)
