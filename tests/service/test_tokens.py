"""Who may ask: tokens, scopes, and the service that nobody else can reach."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.service.running import Running, costing, running, webhook

ASKED = {
    "ingest": ("POST", "/api/v1/predictions"),
    "read": ("GET", "/api/v1/prices"),
}


def _token(home: Path, name: str, *options: str) -> str:
    made = costing(home, "token", "create", name, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def _ask(service: Running, scope: str, token: str) -> int:
    method, path = ASKED[scope]
    headers = {"content-type": "application/json"}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    content = b"[]" if method == "POST" else None
    return service.client.request(method, path, headers=headers, content=content).status_code


def test_token_allows_what_its_scope_says(tmp_path: Path) -> None:
    tokens = {name: _token(tmp_path, name, "--scope", name) for name in ("ingest", "read", "admin")}

    with running(tmp_path) as service:
        answers = {
            (name, scope): _ask(service, scope, token)
            for name, token in tokens.items()
            for scope in ASKED
        }

    assert answers == {
        ("ingest", "ingest"): 200,
        ("ingest", "read"): 403,
        ("read", "ingest"): 403,
        ("read", "read"): 200,
        ("admin", "ingest"): 200,
        ("admin", "read"): 200,
    }


def test_token_without_the_scope_is_told_which_it_lacks(tmp_path: Path) -> None:
    token = _token(tmp_path, "reader", "--scope", "read")

    with running(tmp_path) as service:
        answer = service.client.post(
            "/api/v1/predictions",
            headers={"content-type": "application/json", "authorization": f"Bearer {token}"},
            content=b"[]",
        )

    assert answer.status_code == 403
    assert answer.json()["detail"] == "the token lacks the scope ingest"
    assert "--scope ingest`" in answer.json()["help"]


def test_token_is_demanded_as_soon_as_there_is_one(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        before = [_ask(service, "read", given) for given in ("", "cst_wrong")]
        token = _token(tmp_path, "reader", "--scope", "read")
        after = [_ask(service, "read", given) for given in ("", "cst_wrong", token)]
        open_ones = [
            service.client.get("/healthz").status_code,
            service.send_webhook(webhook()).status_code,
        ]
        closed = [service.client.get(path).status_code for path in ("/readyz", "/metrics")]
        costing(tmp_path, "token", "revoke", "reader")
        revoked = [_ask(service, "read", given) for given in ("", token)]

    assert (before, after) == ([200, 401], [401, 401, 200])
    assert (open_ones, closed, revoked) == ([200, 200], [401, 401], [401, 401])


def test_other_name_for_this_machine_needs_a_token(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        answer = service.client.get("/api/v1/prices", headers={"host": "rebound.example:80"})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_service_without_a_token_stays_on_loopback(tmp_path: Path) -> None:
    done = costing(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")

    assert done.returncode == 2
    assert "has no token, so it cannot listen on 0.0.0.0" in done.stderr
    assert "costing token create" in done.stderr


def test_service_with_a_token_listens_elsewhere(tmp_path: Path) -> None:
    token = _token(tmp_path, "reader", "--scope", "read")
    command = ("-m", "costing", "serve", "--host", "0.0.0.0", "--port", "0")

    with running(tmp_path, command) as service:
        url = service.url.replace("0.0.0.0", "127.0.0.1")
        given = {"authorization": f"Bearer {token}"}
        answers = [
            httpx.get(f"{url}/api/v1/prices", headers=headers).status_code
            for headers in ({}, given)
        ]

    assert answers == [401, 200]


def test_taken_port_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        done = costing(tmp_path, "serve", "--port", str(service.place[1]))

    assert done.returncode == 2
    assert "cannot listen on 127.0.0.1" in done.stderr


def test_tokens_are_listed_without_their_secrets(tmp_path: Path) -> None:
    secret = _token(tmp_path, "short", "--scope", "read", "--scope", "ingest", "--expires", "90d")

    listed = costing(tmp_path, "token", "list", "--format", "json").stdout

    [row] = json.loads(listed)
    assert (row["name"], row["scopes"], row["state"]) == ("short", "ingest read", "in force")
    assert row["expires"] > row["created"]
    assert secret not in listed


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["create", "x", "--scope", "write"], 'no scope "write"'),
        (["create", "5", "--scope", "read"], 'no token can be called "5"'),
        (["create", "x", "--scope", "read", "--expires", "0d"], '"0d" is no span of time'),
        (["create", "x"], "missing option '--scope'"),
        (["revoke", "nobody"], 'no token in force has the name or id "nobody"'),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_token_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: list[str], what: str
) -> None:
    done = costing(tmp_path, "token", *arguments)

    assert (done.returncode, done.stdout) in {(1, ""), (2, "")}
    assert what in done.stderr
    assert "help: " in done.stderr
