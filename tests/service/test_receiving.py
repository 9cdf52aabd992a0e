"""Webhooks over HTTP: what is taken, what is refused, and that each is counted."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from costing.state.inbox import Kind
from tests.service.running import OLD_SECRET, SECRET, Running, running, signed_headers, webhook

PROBLEM = "application/problem+json"


def _bodies(service: Running, id_: str) -> list[dict[str, object]]:
    rows = [json.loads(row.body) for row in service.inbox() if row.kind is Kind.RECORD]
    return [row for row in rows if row["id"] == id_]


def test_signed_webhook_is_in_the_inbox_without_what_is_private(service: Running) -> None:
    body = webhook("taken")

    answer = service.send_webhook(body, headers=signed_headers(body, name="taken"))

    assert (answer.status_code, answer.text) == (200, "taken\n")
    [row] = _bodies(service, "taken")
    assert row["predict_seconds"] == "5.000000000"
    assert "secret wish" not in json.dumps(row)
    assert "nobody else" not in json.dumps(row)


def test_repeated_webhook_is_answered_and_kept_once(service: Running) -> None:
    body = webhook("repeated")
    headers = signed_headers(body, name="repeated")

    answers = [service.send_webhook(body, headers=headers) for _ in range(3)]

    assert [answer.text for answer in answers] == ["taken\n", "duplicate\n", "duplicate\n"]
    assert {answer.status_code for answer in answers} == {200}
    assert len(_bodies(service, "repeated")) == 1


def test_address_gives_tags_beneath_the_records_own(service: Running) -> None:
    body = webhook("tagged", tags={"team": "own"})
    headers = signed_headers(body, name="tagged")

    service.send_webhook(body, query="?team=search&customer=42", headers=headers)

    [row] = _bodies(service, "tagged")
    assert row["tags"] == {"customer": "42", "team": "own"}


@pytest.mark.parametrize(
    "query", ["?=x", "?a=%00", f"?a={'x' * 600}", "?%ff=1&a=%ff", "?" + "&".join("abc")]
)
def test_illegal_tags_cost_no_record(service: Running, query: str) -> None:
    name = f"illegal {query[:9]}"
    body = webhook(name)

    answer = service.send_webhook(body, query=query, headers=signed_headers(body, name=name))

    assert answer.status_code == 200
    assert len(_bodies(service, name)) == 1


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, "unsigned"),
        (signed_headers(b"another body"), "forged"),
        (signed_headers(webhook(), secret=OLD_SECRET), "forged"),
        (signed_headers(webhook(), seconds_ago=301), "stale"),
        (signed_headers(webhook(), seconds_ago=-4000), "stale"),
    ],
    ids=["unsigned", "other-body", "other-secret", "late", "early"],
)
def test_unbelievable_webhook_is_refused_and_counted(
    service: Running, headers: dict[str, str], outcome: str
) -> None:
    name = f'costing_webhooks_total{{outcome="{outcome}"}}'
    before = service.count(name)

    answer = service.send_webhook(webhook(), headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM
    assert service.count(name) == before + 1
    assert _bodies(service, "a") == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"not json", b'{"id":', b'{"id": 5}', b'{"input": "private"}', b"\xff"],
    ids=["empty", "list", "text", "cut", "bad-id", "no-id", "no-utf8"],
)
def test_unreadable_webhook_is_kept_as_rejected_and_answered_400(
    service: Running, body: bytes
) -> None:
    before = [row for row in service.inbox() if row.kind is Kind.REJECTED]
    headers = signed_headers(body, name=f"unreadable {body!r}")

    answers = [service.send_webhook(body, headers=headers) for _ in range(2)]

    after = [row for row in service.inbox() if row.kind is Kind.REJECTED]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert len(after) == len(before) + 1
    assert b"private" not in after[-1].body


@pytest.mark.parametrize("is_chunked", [False, True], ids=["declared", "chunked"])
def test_oversized_webhook_is_refused_and_counted(service: Running, is_chunked: bool) -> None:
    body = webhook(logs="x" * 1_100_000)
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    before = service.count('costing_webhooks_total{outcome="oversized"}')

    answer = service.client.post(
        "/webhooks/replicate", content=pieces if is_chunked else body, headers=signed_headers(body)
    )

    assert answer.status_code == 413
    assert answer.headers["content-type"] == PROBLEM
    assert service.count('costing_webhooks_total{outcome="oversized"}') == before + 1


def test_largest_body_is_taken(service: Running) -> None:
    room = 1024 * 1024 - len(webhook("large", logs=""))
    body = webhook("large", logs="x" * room)

    answer = service.send_webhook(body, headers=signed_headers(body, name="large"))

    assert (len(body), answer.status_code) == (1024 * 1024, 200)


def test_both_secrets_count_while_one_is_changed(tmp_path: Path) -> None:
    with running(tmp_path, secrets=[SECRET, OLD_SECRET]) as service:
        answers = [
            service.send_webhook(
                webhook(secret[-9:]),
                headers=signed_headers(webhook(secret[-9:]), name=secret, secret=secret),
            )
            for secret in (SECRET, OLD_SECRET)
        ]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_without_a_secret_no_webhook_is_taken(tmp_path: Path) -> None:
    with running(tmp_path, secrets=[]) as service:
        answer = service.send_webhook(webhook())
        ready = service.client.get("/readyz")

    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert ready.status_code == 200
    assert "not set: webhooks are refused" in ready.text


def test_log_holds_no_query_and_no_secret(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        service.send_webhook(webhook(), query="?team=hidden", headers={"webhook-signature": "v1,x"})
        httpx.get(f"{service.url}/nowhere?token=hidden", headers={"authorization": "Bearer hidden"})
        code, log = service.end()

    assert code == 0
    assert [line["path"] for line in log if line["event"] == "answered"] == [
        "/webhooks/replicate",
        "/nowhere",
    ]
    assert "hidden" not in json.dumps(log)
    assert SECRET not in json.dumps(log)
