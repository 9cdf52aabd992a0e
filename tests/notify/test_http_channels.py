"""Slack, PagerDuty and webhooks against real servers: what they are sent, and what it means."""

from __future__ import annotations

import json
import socket
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.budget.alert import EVERY_BUDGET, AlertKey, Basis
from costing.notify.channel import Outcome, Result, Sender
from costing.notify.http import ping, post_json
from costing.notify.pagerduty import MOST_SUMMARY_CHARACTERS, PagerDuty
from costing.notify.slack import MOST_BLOCK_CHARACTERS, MOST_NOTICES, Slack, cut, escape
from costing.notify.webhook import Webhook
from costing.service.webhook import Signed, read_secret, verify
from costing.setting_value import Secret
from costing.state.delivery import Event
from tests.notify.receiver import ACCEPTED, HELD, LOST, Answer, Receiver
from tests.notify.sample import HASTY, KEY, NOW, PATIENT, make_alert, make_notice, place


def _slack(receiver: Receiver) -> Slack:
    return Slack(place(receiver.url), PATIENT)


def _pagerduty(receiver: Receiver) -> PagerDuty:
    return PagerDuty(place("R0UT1NG"), place(receiver.url), PATIENT)


def _webhook(receiver: Receiver, secret: str = KEY) -> Webhook:
    return Webhook(place(receiver.url), place(secret), PATIENT)


CHANNELS = {"slack": _slack, "pagerduty": _pagerduty, "webhook": _webhook}


def _send(sender: Sender, receiver: Receiver, answer: Answer) -> Outcome:
    receiver.answer = lambda _: answer
    return sender.send([make_notice()], NOW)


@pytest.mark.parametrize("make", CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_delivered(receiver: Receiver, make: type[Slack], status: int) -> None:
    outcome = _send(make(receiver), receiver, Answer(status, b""))  # type: ignore[call-arg,arg-type]

    assert outcome == Outcome(Result.DELIVERED)
    assert len(receiver.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
def test_refusal_is_told_without_the_address(receiver: Receiver, status: int) -> None:
    said = f"Cannot POST /hook/T0/secret-part at {receiver.url}".encode()

    outcome = _send(_slack(receiver), receiver, Answer(status, said))

    assert outcome.result is Result.REFUSED
    assert outcome.reason.startswith(f"status {status}: Cannot POST")
    assert "secret-part" not in outcome.reason


@pytest.mark.parametrize(
    ("status", "may_have_arrived"),
    [(429, False), (408, False), (302, False), (500, True), (503, True)],
)
def test_failure_that_may_pass_is_to_be_tried_again(
    receiver: Receiver, status: int, may_have_arrived: bool
) -> None:
    outcome = _send(_slack(receiver), receiver, Answer(status, headers={"location": "/"}))

    assert outcome.result is Result.RETRY
    assert outcome.may_have_arrived is may_have_arrived
    assert len(receiver.asked) == 1


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("17", 17.0), ("Sat, 21 Nov 2026 09:31:00 GMT", 60.0), ("soon", None)],
    ids=["seconds", "date", "nonsense"],
)
def test_wait_that_is_asked_for_is_heard(
    receiver: Receiver, asked: str, seconds: float | None
) -> None:
    outcome = _send(_slack(receiver), receiver, Answer(429, headers={"retry-after": asked}))

    assert outcome.asked_seconds == seconds


def test_lost_answer_is_ambiguous(receiver: Receiver) -> None:
    outcome = _send(_slack(receiver), receiver, LOST)

    assert (outcome.result, outcome.may_have_arrived) == (Result.RETRY, True)
    assert len(receiver.heard) == 1


def test_answer_that_does_not_come_in_time_is_ambiguous(receiver: Receiver) -> None:
    outcome = _send(Slack(place(receiver.url), HASTY), receiver, HELD)

    assert (outcome.result, outcome.may_have_arrived) == (Result.RETRY, True)
    assert "nothing came for 0.5 s" in outcome.reason


def test_nobody_who_listens_is_not_ambiguous() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/hook"

    outcome = Slack(place(address), PATIENT).send([make_notice()], NOW)

    assert (outcome.result, outcome.may_have_arrived) == (Result.RETRY, False)
    assert outcome.reason.startswith("no connection")


@pytest.mark.parametrize(
    "address", ["http://hooks.example/x", "ftp://127.0.0.1/x", "hooks", "https://a:b@example/x"]
)
def test_address_that_would_give_a_secret_away_is_refused(address: str) -> None:
    outcome = post_json(Secret(address), b"{}", bounds=PATIENT, now=NOW)

    assert outcome.result is Result.REFUSED
    assert address not in outcome.reason


def test_heartbeat_is_a_get(receiver: Receiver) -> None:
    assert ping(Secret(receiver.url), bounds=PATIENT, now=NOW).result is Result.DELIVERED
    assert receiver.heard[0].body == b""


def test_slack_message_groups_and_escapes(receiver: Receiver) -> None:
    notices = [
        make_notice(make_alert(summary="<!channel> R&D at 82 %", lines=("<@U1>", "as of 09:25"))),
        make_notice(make_alert("actual:50pct"), is_repeat=True),
    ]

    _slack(receiver).send(notices, NOW)

    body = receiver.heard[0].json
    first, second = (block["text"]["text"] for block in body["blocks"])
    assert "&lt;!channel&gt; R&amp;D at 82 %" in first
    assert first.splitlines()[1:] == ["&lt;@U1&gt;", "as of 09:25"]
    assert second.startswith(f"*repeat of {notices[1].key.alert_id}: ")
    assert all(notice.key.alert_id in body["text"] for notice in notices)


def test_slack_message_stays_within_its_limits(receiver: Receiver) -> None:
    long = make_alert(summary="&" * 5000, lines=("<" * 5000,) * 10)

    _slack(receiver).send([make_notice(long)] * MOST_NOTICES, NOW)

    body = receiver.heard[0].json
    assert len(body["blocks"]) == MOST_NOTICES <= 50
    assert all(len(block["text"]["text"]) <= MOST_BLOCK_CHARACTERS for block in body["blocks"])
    assert len(body["text"]) <= 40_000


@given(st.text(alphabet="&<>;a", max_size=60), st.integers(min_value=8, max_value=60))
def test_escape_is_never_cut(text: str, most: int) -> None:
    short = cut(escape(text), most)

    whole = short.removesuffix("…")
    assert len(short) <= most
    for sign in ("&lt;", "&gt;", "&amp;"):
        whole = whole.replace(sign, "")
    assert "&" not in whole


def test_pagerduty_triggers_and_resolves_with_one_key(receiver: Receiver) -> None:
    receiver.answer = lambda _: ACCEPTED
    sender, alert = _pagerduty(receiver), make_alert(summary="x" * 2000)

    outcomes = [sender.send([make_notice(alert, event)], NOW) for event in Event]

    trigger, resolve = (request.json for request in receiver.heard)
    assert [outcome.result for outcome in outcomes] == [Result.DELIVERED] * 2
    assert trigger["event_action"] == "trigger"
    assert trigger["routing_key"] == "R0UT1NG"
    assert trigger["payload"]["severity"] == "warning"
    assert trigger["payload"]["custom_details"]["spent_usd"] == "412.50"
    assert len(trigger["payload"]["summary"]) == MOST_SUMMARY_CHARACTERS
    assert resolve == {
        "routing_key": "R0UT1NG",
        "dedup_key": alert.alert_id,
        "event_action": "resolve",
    }
    assert trigger["dedup_key"] == alert.alert_id


def test_payload_that_is_too_long_is_left_out(receiver: Receiver) -> None:
    long = make_alert(lines=("x" * 1000,) * 1000)

    _pagerduty(receiver).send([make_notice(long)], NOW)
    _webhook(receiver).send([make_notice(long)], NOW)

    assert [len(request.body) < 10_000 for request in receiver.heard] == [True, True]


def test_webhook_is_signed_by_every_secret(receiver: Receiver) -> None:
    other = "whsec_b3RoZXI="
    notice = make_notice()

    _webhook(receiver, f"{KEY} {other}").send([notice], NOW)

    [request] = receiver.heard
    signed = Signed(
        request.headers["webhook-id"],
        request.headers["webhook-timestamp"],
        request.headers["webhook-signature"],
    )
    now_seconds = NOW.timestamp()
    assert signed.id == str(notice.key)
    for secret in (KEY, other):
        assert verify([read_secret(secret)], signed, request.body, now_seconds) is None
    assert verify([read_secret("whsec_AAEC")], signed, request.body, now_seconds) is not None


def test_webhook_body_is_the_same_at_each_attempt(receiver: Receiver) -> None:
    for is_repeat in (False, True):
        _webhook(receiver).send([make_notice(is_repeat=is_repeat)], NOW)

    first, second = receiver.heard
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert json.loads(first.body)["type"] == "budget.alert.opened"
    assert json.loads(first.body)["data"]["facts"]["spent_usd"] == "412.50"


def test_webhook_tells_the_end(receiver: Receiver) -> None:
    _webhook(receiver).send([make_notice(event=Event.CLOSED)], NOW)

    body = receiver.heard[0].json
    assert body["type"] == "budget.alert.closed"
    assert body["data"]["closure"] == "period_over"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed_with_a_secret_in_hand(receiver: Receiver, status: int) -> None:
    with Receiver(lambda _: Answer(status, headers={"location": receiver.url})) as moved:
        outcome = post_json(Secret(moved.url), b"{}", bounds=PATIENT, now=NOW)

    assert outcome.result is Result.RETRY
    assert receiver.asked == []


@pytest.mark.parametrize("status", [200, 500])
def test_endless_answer_is_not_read(receiver: Receiver, status: int) -> None:
    huge = Answer(status, b"x" * 64 * 1024 * 1024, {"content-type": "text/plain"})
    receiver.answer = lambda _: huge

    outcome = post_json(Secret(receiver.url), b"{}", bounds=PATIENT, now=NOW)

    assert outcome.result is (Result.DELIVERED if status == 200 else Result.RETRY)
    assert len(outcome.reason) < 500


@pytest.mark.parametrize(
    ("status", "result"),
    [(200, Result.DELIVERED), (404, Result.REFUSED), (503, Result.RETRY)],
)
def test_answer_that_is_cut_off_after_its_status_has_said_enough(
    receiver: Receiver, status: int, result: Result
) -> None:
    receiver.answer = lambda _: Answer(status, b"gone", {"content-type": "text/plain"}, is_cut=True)

    outcome = post_json(Secret(receiver.url), b"{}", bounds=PATIENT, now=NOW)

    assert outcome.result is result
    assert not outcome.is_down


def test_alert_on_all_budgets_says_so(receiver: Receiver) -> None:
    key = AlertKey(EVERY_BUDGET, "2026-11-21", Basis.STALE, "stale")
    _pagerduty(receiver).send([make_notice(replace(make_alert(), key=key))], NOW)

    assert receiver.heard[0].json["payload"]["source"] == "all budgets"
