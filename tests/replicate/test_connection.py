"""What goes wrong between us and Replicate: what is tried again, and what is told of it."""

from __future__ import annotations

import gzip
import json
import logging
import socket
from dataclasses import replace
from threading import Event, Thread

import pytest

from costing import __version__
from costing.clock import system_clock
from costing.errors import CostingError, ExitCode
from costing.failure import failure_of
from costing.http.retry import Patience
from costing.replicate import error as errors
from costing.replicate.ahead import fetched_ahead
from costing.replicate.client import Client
from costing.replicate.limit import Limits
from costing.replicate.pacing import Pacing
from costing.setting_value import Secret
from tests.replicate.conftest import Connect
from tests.replicate.sample import make_prediction
from tests.replicate.server import (
    FAILED,
    FORBIDDEN,
    NO_ANSWER,
    NOTHING_THERE,
    OUT_OF_CREDIT,
    TOKEN,
    UNAUTHENTICATED,
    Limit,
    ReplicateServer,
    Reply,
    problem,
    throttled,
)
from tests.replicate.waiting import Waiting

ACCOUNT = b'{"type":"user","username":"ada","name":null,"github_url":"https://github.com/ada"}'
PASSING = {
    "no answer": NO_ANSWER,
    "cut in the middle": Reply(body=ACCOUNT, cut_after=20),
    "cut without a length": Reply(body=ACCOUNT[:20], is_sized=False),
    "broken JSON": Reply(body=ACCOUNT[:-1]),
    "no JSON at all": Reply(body=b"\x00\x01"),
    "broken gzip": Reply(body=b"no gzip", headers={"content-encoding": "gzip"}),
    **{f"status {status}": replace(FAILED, status=status) for status in (500, 502, 503, 504, 522)},
    "throttled": throttled(30),
}
LASTING = {
    "401": (UNAUTHENTICATED, errors.TokenRefused, ExitCode.AUTHENTICATION),
    "402": (OUT_OF_CREDIT, errors.CreditUsedUp, ExitCode.FAILED),
    "403": (FORBIDDEN, errors.AccessRefused, ExitCode.AUTHENTICATION),
    "404": (NOTHING_THERE, errors.RecordMissing, ExitCode.FAILED),
    "418": (problem(418, "Teapot", ""), errors.RequestRefused, ExitCode.FAILED),
    "204": (Reply(204, headers={"content-length": "0"}), errors.RequestRefused, ExitCode.FAILED),
    "501": (problem(501, "Not implemented", ""), errors.ServerFailed, ExitCode.FAILED),
    "302": (
        Reply(302, headers={"location": "https://login.example/"}),
        errors.RedirectRefused,
        ExitCode.FAILED,
    ),
    "304": (Reply(304), errors.RedirectRefused, ExitCode.FAILED),
    "html": (Reply(body=b"<html>", kind="text/html"), errors.AnswerUnexpected, ExitCode.FAILED),
    "no type": (Reply(body=ACCOUNT, kind=""), errors.AnswerUnexpected, ExitCode.FAILED),
    "other JSON": (Reply(body=b"[1]"), errors.AnswerUnexpected, ExitCode.FAILED),
}


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again(
    server: ReplicateServer, client: Client, reply: Reply
) -> None:
    server.fail(reply, times=2)

    assert client.account().username == "acme"
    assert len(server.requests) == 3


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_is_told(
    server: ReplicateServer, connect: Connect, waiting: Waiting, reply: Reply
) -> None:
    server.fail(reply, times=100)

    with pytest.raises(errors.ReplicateError) as caught:
        connect(limits=Limits(patience=Patience(attempts=4))).account()

    failure = failure_of(caught.value)
    assert len(server.requests) == 4
    assert len(waiting.waits) >= 3
    assert "tried 4 times" in failure.notes
    assert failure.where == f"{server.url}/account"
    assert failure.help != ""


@pytest.mark.parametrize(("reply", "kind", "code"), LASTING.values(), ids=LASTING)
def test_what_does_not_pass_by_itself_is_told_at_once(
    server: ReplicateServer,
    client: Client,
    reply: Reply,
    kind: type[CostingError],
    code: ExitCode,
) -> None:
    server.fail(reply)

    with pytest.raises(kind) as caught:
        client.account()

    failure = failure_of(caught.value)
    assert len(server.requests) == 1
    assert failure.exit_code is code
    assert failure.help != ""


def test_failure_says_what_replicate_says(server: ReplicateServer, client: Client) -> None:
    server.fail(OUT_OF_CREDIT)

    with pytest.raises(errors.CreditUsedUp) as caught:
        client.prediction("abc")

    assert str(failure_of(caught.value)).splitlines() == [
        "error: Replicate refuses: the account is out of credit (status 402)",
        f"  --> {server.url}/predictions/abc",
        "  = Replicate says: Insufficient credit: You have insufficient credit to run this model.",
        "  help: add credit at https://replicate.com/account/billing, then run it again",
    ]


def test_wrong_token_is_refused_and_not_shown(connect: Connect) -> None:
    with pytest.raises(errors.TokenRefused) as caught:
        connect(token="r8_wrong_one").account()

    assert "r8_wrong_one" not in str(failure_of(caught.value))
    assert "did not pass a valid authentication token" in str(failure_of(caught.value))


def test_token_is_shown_nowhere(
    server: ReplicateServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = problem(403, f"no {TOKEN}", f"\x1b[31m{TOKEN}\r\n is not allowed")
    server.fail(echo, Reply(302, headers={"location": f"/?token={TOKEN}"}), FAILED, NO_ANSWER)

    shown = []
    for _ in range(2):
        with pytest.raises(errors.ReplicateError) as caught:
            client.prediction(TOKEN)
        shown.append(f"{failure_of(caught.value)} {caught.value!r} {caught.value.__cause__!r}")
    client.account()

    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in f"{shown} {client!r} {vars(client)}"
    assert "(token not shown) is not allowed" in shown[0]
    assert "\x1b" not in "".join(shown)
    assert caplog.records != []
    assert f"Bearer {TOKEN}" not in caplog.text


@pytest.mark.parametrize("header", ["retry-after", "ratelimit-reset"])
def test_wait_that_is_asked_for_is_kept(
    server: ReplicateServer, client: Client, waiting: Waiting, header: str
) -> None:
    server.fail(Reply(429, headers={header: "17"}))

    client.account()

    assert waiting.waits == [17.5]


def test_wait_that_is_too_long_is_told_instead(
    server: ReplicateServer, client: Client, waiting: Waiting
) -> None:
    server.fail(replace(FAILED, status=503, headers={"retry-after": "7200"}))

    with pytest.raises(errors.ServerFailed) as caught:
        client.account()

    assert waiting.waits == []
    assert "Replicate asks to wait 7,200 s" in caught.value.notes


def test_throttled_list_is_read_to_its_end(
    server: ReplicateServer, client: Client, waiting: Waiting
) -> None:
    server.store.predictions.put(*map(make_prediction, range(1000)))
    server.limit = Limit(4, clock=waiting.clock)

    assert sum(page.count for page in client.predictions()) == 1000
    # What the headers tell is enough: no request is wasted on being refused.
    assert len(server.requests) == 10
    assert 120 <= waiting.seconds <= 125


def test_limit_that_others_use_up_is_waited_for(
    server: ReplicateServer, client: Client, waiting: Waiting
) -> None:
    server.limit = Limit(1, clock=waiting.clock)
    server.limit.take()

    client.account()

    assert len(server.requests) == 2
    assert 60 <= waiting.seconds <= 62


def test_no_one_listens(connect: Connect, waiting: Waiting) -> None:
    with pytest.raises(errors.Unreachable, match="refused") as caught:
        connect(f"http://127.0.0.1:{free_port()}/v1").account()

    assert waiting.waits == [0.5, 1, 2, 4, 8]
    assert "api_url" in caught.value.help


def test_other_side_that_speaks_no_tls_is_told_at_once(
    server: ReplicateServer, connect: Connect
) -> None:
    with pytest.raises(errors.NotSecured) as caught:
        connect(server.url.replace("http:", "https:")).account()

    assert "tried" not in " ".join(caught.value.notes)


def test_slow_answer_is_given_up_and_asked_for_again(
    server: ReplicateServer, connect: Connect
) -> None:
    limits = Limits(read_seconds=0.05, patience=Patience(attempts=3))
    with server.hold(), pytest.raises(errors.Unreachable, match=r"nothing came for 0\.05 s"):
        connect(limits=limits).account()

    assert len(server.requests) == 3


def test_answer_that_drips_is_given_up(connect: Connect) -> None:
    with pytest.raises(errors.Unreachable, match="takes longer than 0 s"):
        connect(limits=Limits(answer_seconds=0)).account()


@pytest.mark.parametrize("is_compressed", [False, True])
def test_answer_is_not_read_beyond_its_bound(
    server: ReplicateServer, connect: Connect, is_compressed: bool
) -> None:
    server.is_compressed = is_compressed
    server.fail(Reply(body=b" " * 100_000))

    with pytest.raises(errors.AnswerTooLarge, match="longer than 50000 bytes"):
        connect(limits=Limits(body_bytes=50_000)).account()

    assert len(server.requests) == 1


def test_long_refusal_is_told_without_its_words(server: ReplicateServer, client: Client) -> None:
    server.fail(problem(403, "Forbidden", "no " * 100_000))

    with pytest.raises(errors.AccessRefused) as caught:
        client.account()

    assert caught.value.notes == ()


def test_packed_answers_are_unpacked(server: ReplicateServer, client: Client) -> None:
    server.is_compressed = True
    server.store.predictions.put(*map(make_prediction, range(150)))

    assert [page.count for page in client.predictions()] == [100, 50]
    assert "gzip" in server.requests[0].headers["accept-encoding"]


def test_packed_answer_that_is_cut_is_asked_for_again(
    server: ReplicateServer, client: Client
) -> None:
    packed = gzip.compress(ACCOUNT)
    server.fail(Reply(body=packed[:-20], headers={"content-encoding": "gzip"}))

    assert client.account().username == "acme"


def test_connection_is_kept_between_requests(server: ReplicateServer, client: Client) -> None:
    server.store.predictions.put(*map(make_prediction, range(300)))

    list(client.predictions())
    client.account()

    assert len(server.requests) == 4
    assert len({request.connection for request in server.requests}) == 1


def test_request_says_who_asks(server: ReplicateServer, client: Client) -> None:
    client.account()

    assert server.requests[0].headers["user-agent"] == f"costing/{__version__}"
    assert server.requests[0].headers["accept"] == "application/json"


def test_proxy_of_the_environment_is_used(
    server: ReplicateServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
    nobody = f"http://127.0.0.1:{free_port()}/v1"

    assert connect(nobody).account().username == "acme"
    assert server.targets == [f"{nobody}/account"]


def test_redirect_is_not_followed(server: ReplicateServer, client: Client) -> None:
    server.fail(Reply(307, headers={"location": f"{server.url}/account"}))

    with pytest.raises(errors.RedirectRefused) as caught:
        client.account()

    assert caught.value.notes == (f"to {server.url}/account",)
    assert len(server.requests) == 1


def test_pages_before_a_failure_are_given(server: ReplicateServer, connect: Connect) -> None:
    server.store.predictions.put(*map(make_prediction, range(250)))
    counts: list[int] = []
    pages = connect().predictions()
    counts.append(next(pages).count)
    server.fail(UNAUTHENTICATED)

    with pytest.raises(errors.TokenRefused):
        counts.extend(page.count for page in fetched_ahead(pages))

    assert counts == [100]


def test_closing_wakes_who_waits_for_another_try(server: ReplicateServer) -> None:
    server.fail(throttled(60), times=100)
    pacing = Pacing(clock=lambda: 0.0)
    client = Client(Secret(TOKEN), clock=system_clock, url=server.url, pacing=pacing)
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            client.account()
        except errors.ClientClosed as error:
            ended.append(error)

    asking = Thread(target=ask)
    asking.start()
    client.close()
    asking.join(30)

    assert not asking.is_alive()
    assert len(ended) == 1


def test_closing_lets_a_request_under_way_end(server: ReplicateServer, client: Client) -> None:
    is_asked = Event()
    names: list[str] = []
    asking = Thread(target=lambda: names.append(client.account().username))
    server.on_request = is_asked.set

    with server.hold():
        asking.start()
        assert is_asked.wait(30)
        client.close()
    asking.join(30)

    assert names == ["acme"]


def test_threads_share_a_client(server: ReplicateServer, client: Client) -> None:
    server.store.predictions.put(*map(make_prediction, range(300)))
    counts: list[int] = []

    def read() -> None:
        counts.extend(page.count for page in client.predictions())

    threads = [Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == [100] * 24


def test_record_keeps_the_bytes_that_came(server: ReplicateServer, client: Client) -> None:
    body = json.dumps(make_prediction(1)).encode()
    server.fail(Reply(body=body, kind="Application/JSON; charset=utf-8"))

    assert client.prediction("x") == body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port
