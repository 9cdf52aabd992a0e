"""The signature of a webhook: what it proves, and what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.service.webhook import (
    TOLERANCE_SECONDS,
    Refusal,
    Signed,
    read_secret,
    sign,
    verify,
)

# The test vector of Replicate's documentation.
KEY = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OTHER = read_secret("whsec_c29tZXRoaW5nIG9sZCBhbmQgd29ybg==")
BODY = b'{"test": 2432232314}'
AT = 1614265330
GENUINE = Signed(
    "msg_p5jXN8AQM9LWM0D4loKWxJek", str(AT), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)


def test_documented_example_is_believed() -> None:
    assert verify([KEY], GENUINE, BODY, AT) is None


@pytest.mark.parametrize("keys", [[OTHER, KEY], [KEY, OTHER]], ids=["added", "kept"])
def test_any_of_several_secrets_is_enough(keys: list[bytes]) -> None:
    assert verify(keys, GENUINE, BODY, AT) is None


def test_any_of_several_signatures_is_enough() -> None:
    other = sign(OTHER, GENUINE.id, GENUINE.timestamp, BODY)
    both = Signed(GENUINE.id, GENUINE.timestamp, f"v1a,xyz {other} {GENUINE.signatures}")

    assert verify([KEY], both, BODY, AT) is None


@given(st.data())
def test_whatever_is_changed_is_noticed(data: st.DataObject) -> None:
    body = data.draw(st.binary(max_size=60), "body")
    name = data.draw(st.text("abc.", min_size=1, max_size=6), "id")
    seconds = data.draw(st.integers(0, 10**9), "seconds")
    is_same = (name, seconds, body) == (GENUINE.id, AT, BODY)

    refusal = verify([KEY], Signed(name, str(seconds), GENUINE.signatures), body, AT)

    assert (refusal is None) == is_same


@given(st.binary(max_size=200), st.integers(0, 10**10), st.integers(-400, 400))
def test_own_signature_is_believed_within_five_minutes(body: bytes, now: int, away: int) -> None:
    at = str(max(now + away, 0))
    signed = Signed("msg", at, sign(KEY, "msg", at, body))
    is_near = abs(int(at) - now) <= TOLERANCE_SECONDS

    assert verify([KEY], signed, body, now) is (None if is_near else Refusal.STALE)


def test_forged_webhook_is_not_told_that_it_is_late() -> None:
    forged = Signed(GENUINE.id, GENUINE.timestamp, "v1,AAAA")

    assert verify([KEY], forged, BODY, AT + 10_000) is Refusal.FORGED


@pytest.mark.parametrize(
    "signed",
    [
        Signed("", str(AT), GENUINE.signatures),
        Signed(GENUINE.id, "", GENUINE.signatures),
        Signed(GENUINE.id, str(AT), ""),
        Signed(GENUINE.id, "1e9", GENUINE.signatures),
        Signed(GENUINE.id, "-5", GENUINE.signatures),
        Signed(GENUINE.id, "٣", GENUINE.signatures),
        Signed(GENUINE.id, "9" * 5000, GENUINE.signatures),
    ],
    ids=["no-id", "no-time", "no-signature", "float", "negative", "arabic", "endless"],
)
def test_webhook_without_its_headers_is_unsigned(signed: Signed) -> None:
    assert verify([KEY], signed, BODY, AT) is Refusal.UNSIGNED


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_no base64", "whsec_ä"])
def test_bad_secret_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="webhook secret") as refused:
        read_secret(text)

    assert "no base64" not in str(refused.value)
