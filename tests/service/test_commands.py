"""The commands around the service, as people type them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from costing.state.file import STATE_FILE
from tests.service.running import ROOT, costing, environment, running, signed_headers, webhook

WITHOUT_FASTAPI = """
import sys
sys.modules["fastapi"] = None
from costing.cli.run import run
sys.exit(run(["serve"]))
"""


def test_missing_extra_is_told_with_the_line_that_installs_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FASTAPI],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert 'pip install "replicate-costing[serve]"' in done.stderr


@pytest.mark.parametrize("option", ["--fold-every", "--sync", "--check-budgets"])
def test_span_that_is_none_is_refused(tmp_path: Path, option: str) -> None:
    done = costing(tmp_path, "serve", option, "soon")

    assert done.returncode == 2
    assert '"soon" is no span of time' in done.stderr
    assert f"costing serve {option}" in done.stderr


def test_sync_without_a_token_is_refused_before_anything_listens(tmp_path: Path) -> None:
    done = costing(tmp_path, "serve", "--port", "0", "--sync", "5m")

    assert done.returncode == 4
    assert done.stderr.startswith("error: no Replicate API token is set")


def test_state_that_cannot_be_opened_is_told_before_anything_listens(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_bytes(b"no database at all" * 100)

    done = costing(tmp_path, "serve", "--port", "0")

    assert done.returncode == 3
    assert done.stderr.startswith("error: the state cannot be read")


def test_bad_secret_is_named_by_its_line_and_not_shown(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.write_text("# ours\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nwhsec_hush!\n")
    settings = tmp_path / "costing.toml"
    settings.write_text('webhook_secret_file = "secrets"\n')

    done = costing(tmp_path, "--config", str(settings), "serve", "--port", "0")

    assert done.returncode == 2
    assert f"{secrets}, line 3" in done.stderr
    assert "hush" not in done.stderr


def test_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    settings = tmp_path / "costing.toml"
    settings.write_text('webhook_secret_file = "secrets"\n')
    command = ("-m", "costing", "--config", str(settings), "serve", "--port", "0")

    with running(tmp_path, command, secrets=[]) as service:
        answer = service.send_webhook(webhook())

    assert answer.status_code == 200


def test_webhook_is_in_the_next_report(tmp_path: Path) -> None:
    body = webhook("folded")
    with running(tmp_path) as service:
        service.send_webhook(body, headers=signed_headers(body, name="folded"))
        costing(tmp_path, "report", "monthly", "--month", "2026-10")  # Makes the ledger.
        answer = service.client.get("/api/v1/reports/monthly?month=2026-10")

    assert answer.json()["completeness"]["predictions"] == 1


def test_webhook_url_carries_its_tags(tmp_path: Path) -> None:
    base = "https://costs.example.com/"
    done = costing(
        tmp_path, "webhook-url", "--base", base, "--tag", "team=search", "--tag", "note=a&b ü"
    )

    expected = "https://costs.example.com/webhooks/replicate?team=search&note=a%26b+%C3%BC\n"
    assert (done.returncode, done.stdout) == (0, expected)


def test_webhook_url_gives_what_the_service_reads(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        url = costing(tmp_path, "webhook-url", "--base", service.url, "--tag", "note=a&b=ü +%")
        answer = service.client.post(
            url.stdout.strip(), content=webhook(), headers=signed_headers(webhook())
        )

    [row] = service.inbox()
    assert answer.status_code == 200
    assert '"tags":{"note":"a&b=ü +%"}' in row.body.decode()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--tag", "team"], 'tag "team" is not written KEY=VALUE'),
        (["--base", "costs.example.com"], "is no address of a service"),
        (["--base", "https://x/?a=b"], "is no address of a service"),
        (["--base", "https://x:port"], "is no address of a service"),
    ],
    ids=["tag", "bare", "query", "port"],
)
def test_webhook_url_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: list[str], what: str
) -> None:
    done = costing(tmp_path, "webhook-url", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert what in done.stderr
    assert "costing webhook-url --" in done.stderr
