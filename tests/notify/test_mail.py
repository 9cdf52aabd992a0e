"""Mail against a real SMTP server."""

from __future__ import annotations

import socket
from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest

from costing.notify.channel import Outcome, Result
from costing.notify.mail import Mail, Security
from costing.state.delivery import Event
from tests.notify.postman import CERTIFICATE, PASSWORD, USER, Postman
from tests.notify.sample import NOW, make_alert, make_notice, place


def _mail(postman: Postman, security: Security = Security.NONE) -> Mail:
    return Mail(
        host="localhost",
        port=postman.port,
        security=security,
        sender="Costing <costing@acme.example>",
        recipients=("Ada <ada@acme.example>", "bob@acme.example"),
        authorities=str(CERTIFICATE),
    )


def _login(mail: Mail, password: str = PASSWORD) -> Mail:
    return replace(mail, user=USER, password=place(password))


def test_mail_says_the_same_at_each_attempt() -> None:
    with Postman() as postman:
        outcomes = [_mail(postman).send([make_notice()], NOW) for _ in range(2)]

    first, second = postman.taken
    assert outcomes == [Outcome(Result.DELIVERED)] * 2
    assert first.as_bytes() == second.as_bytes()
    assert first["Message-ID"] == f"<{make_notice().key}@acme.example>"
    assert parsedate_to_datetime(str(first["Date"])) == NOW
    assert "data as of 09:25" in str(first.get_payload(decode=True))
    assert postman.recipients[0] == ["ada@acme.example", "bob@acme.example"]


def test_end_is_an_answer_to_the_opening() -> None:
    with Postman() as postman:
        for event in Event:
            _mail(postman).send([make_notice(event=event)], NOW)

    opening, end = postman.taken
    assert end["In-Reply-To"] == opening["Message-ID"] != end["Message-ID"]


def test_odd_words_stay_in_their_header() -> None:
    alert = make_alert(summary="é\r\nBcc: eve@evil.example\r\n\r\n" + "x" * 900)
    with Postman() as postman:
        outcome = _mail(postman).send([make_notice(alert)], NOW)

    assert outcome.result is Result.DELIVERED
    assert postman.taken[0]["Bcc"] is None
    assert len(postman.recipients[0]) == 2


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_connection_is_secured_and_logged_in(security: Security) -> None:
    is_tls = security is Security.TLS
    with Postman(has_starttls=not is_tls, is_tls=is_tls, has_login=not is_tls) as postman:
        mail = _mail(postman, security)
        outcome = (mail if is_tls else _login(mail)).send([make_notice()], NOW)

    assert outcome == Outcome(Result.DELIVERED)
    assert postman.was_secured == [True] or is_tls


def test_server_that_is_not_trusted_gets_nothing() -> None:
    with Postman(has_starttls=True) as postman:
        mail = replace(_mail(postman, Security.STARTTLS), authorities="")
        outcome = mail.send([make_notice()], NOW)

    assert (outcome.result, outcome.may_have_arrived) == (Result.RETRY, False)
    assert postman.taken == []


def test_server_without_starttls_gets_nothing() -> None:
    with Postman() as postman:
        outcome = _login(_mail(postman, Security.STARTTLS)).send([make_notice()], NOW)

    assert outcome.result is Result.REFUSED
    assert postman.taken == []


def test_wrong_password_is_refused_and_not_shown() -> None:
    with Postman(has_starttls=True, has_login=True) as postman:
        mail = _login(_mail(postman, Security.STARTTLS), "wrong one")
        outcome = mail.send([make_notice()], NOW)

    assert outcome.result is Result.REFUSED
    assert outcome.reason.startswith("code 535")
    assert "wrong one" not in repr((outcome, mail))


@pytest.mark.parametrize(
    ("answer", "result", "may_have_arrived"),
    [
        pytest.param("451 later", Result.RETRY, False, id="4xx"),
        pytest.param("554 never", Result.REFUSED, False, id="5xx"),
        pytest.param(None, Result.RETRY, True, id="cut after the text"),
    ],
)
def test_answer_to_the_text_decides(
    answer: str | None, result: Result, may_have_arrived: bool
) -> None:
    with Postman(answers={0: answer}) as postman:
        outcome = _mail(postman).send([make_notice()], NOW)

    assert (outcome.result, outcome.may_have_arrived) == (result, may_have_arrived)


@pytest.mark.parametrize(
    ("refused", "result"),
    [
        pytest.param({"ada@acme.example": "550 who"}, Result.DELIVERED, id="one of two"),
        pytest.param(
            {"ada@acme.example": "550 who", "bob@acme.example": "550 who"},
            Result.REFUSED,
            id="both for ever",
        ),
        pytest.param(
            {"ada@acme.example": "550 who", "bob@acme.example": "450 full"},
            Result.RETRY,
            id="one of them for now",
        ),
    ],
)
def test_recipients_that_are_refused(refused: dict[str, str], result: Result) -> None:
    with Postman(refused=refused) as postman:
        outcome = _mail(postman).send([make_notice()], NOW)

    assert outcome.result is result
    assert "ada@acme.example" in outcome.reason or result is not Result.DELIVERED


def test_nobody_who_listens_is_not_ambiguous() -> None:
    with Postman() as postman:
        mail = _mail(postman)

    outcome = mail.send([make_notice()], NOW)

    assert (outcome.result, outcome.may_have_arrived, outcome.is_down) == (
        Result.RETRY,
        False,
        True,
    )


def test_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail = Mail(
            host="127.0.0.1",
            port=silent.getsockname()[1],
            security=Security.NONE,
            sender="costing@acme.example",
            recipients=("ada@acme.example",),
            timeout_seconds=0.05,
        )
        outcome = mail.send([make_notice()], NOW)

    assert (outcome.result, outcome.may_have_arrived) == (Result.RETRY, False)
