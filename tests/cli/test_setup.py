"""`config show`, `init` and `doctor`: the first minutes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from costing.settings import setting_table
from costing.state.connection import open_store
from costing.state.cursor import Cursor, set_cursor
from costing.state.inbox import Arrival, Kind, Origin, append
from tests.cli.conftest import Run


def test_config_shows_where_each_value_came_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "costing.toml").write_text('timezone = "Europe/Berlin"\n')

    answer = run("config", "show", "--format", "json", COSTING_BOOK="api-map")

    found = {row["name"]: (row["value"], row["source"]) for row in json.loads(answer.out)}
    assert found["timezone"] == (
        "Europe/Berlin",
        f"project file {tmp_path / 'costing.toml'}, line 1",
    )
    assert found["book"] == ("api-map", "environment COSTING_BOOK")
    assert found["use_catalogue"] == ("true", "default")
    assert found["home"][1] == "environment COSTING_HOME"


def test_config_lets_the_flag_win(run: Run, tmp_path: Path) -> None:
    answer = run("--home", "elsewhere", "config", "show", "--format", "json")

    found = {row["name"]: row for row in json.loads(answer.out)}
    assert found["home"]["value"] == str(tmp_path / "elsewhere")
    assert found["home"]["source"] == "flag --home"


def test_config_never_shows_the_token(run: Run) -> None:
    answer = run("config", "show", REPLICATE_API_TOKEN="r8_secret")

    assert "r8_secret" not in answer.out + answer.talk
    assert "(set, not shown)" in answer.out


def test_init_writes_files_that_are_read_without_a_complaint(run: Run, tmp_path: Path) -> None:
    assert run("init").code == 0

    answer = run("config", "show", "--format", "json")

    found = {row["name"]: row["source"] for row in json.loads(answer.out)}
    assert found["hardware"].startswith("project file")
    assert found["timezone"] == "default"
    assert (tmp_path / "hardware.toml").is_file()


def test_init_offers_every_setting_in_a_form_that_can_be_uncommented(
    run: Run, tmp_path: Path
) -> None:
    run("init")
    text = (tmp_path / "costing.toml").read_text()
    lines = [line.removeprefix("# ") for line in text.splitlines() if " = " in line]
    (tmp_path / "costing.toml").write_text("\n".join(lines))

    answer = run("config", "show", "--format", "json")

    assert answer.talk == ""
    unset = {"home"} | {row.name for row in setting_table() if row.is_secret}
    settable = [row for row in json.loads(answer.out) if row["name"] not in unset]
    assert all(row["source"].startswith("project file") for row in settable)


def test_init_says_how_its_files_are_found_from_elsewhere(run: Run, tmp_path: Path) -> None:
    answer = run("init", "far")

    assert f"costing --config {tmp_path / 'far' / 'costing.toml'}" in answer.talk


@pytest.mark.parametrize(
    ("text", "is_named", "verdict", "found"),
    [
        pytest.param(None, False, "pass", "none", id="none"),
        pytest.param(None, True, "fail", "is not there", id="named and not there"),
        pytest.param("# nothing", True, "warn", "has no [[budget]]", id="empty"),
        pytest.param("[[budget]\n", True, "fail", "budgets.toml", id="not read"),
        pytest.param('[[budget]]\nname = "all"\nlimit_usd = 5\n', True, "pass", "1 in", id="one"),
    ],
)
def test_doctor_looks_at_the_budgets(
    run: Run, tmp_path: Path, text: str | None, verdict: str, found: str, *, is_named: bool
) -> None:
    file = tmp_path / "budgets.toml"
    if text is not None:
        file.write_text(text)
    if is_named:
        (tmp_path / "costing.toml").write_text('budgets = "budgets.toml"\n')

    shown = checks(run)["budgets"]

    assert shown[0] == verdict
    assert found in shown[1]


def test_init_never_overwrites(run: Run, tmp_path: Path) -> None:
    (tmp_path / "costing.toml").write_text('book = "mine"\n')

    answer = run("init")

    assert answer.code == 0
    assert (tmp_path / "costing.toml").read_text() == 'book = "mine"\n'
    assert "kept     costing.toml" in answer.out
    assert "written  hardware.toml" in answer.out


def test_init_says_where_it_cannot_write(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    answer = run("init", "file/below")

    assert answer.code == 1
    assert "--> file/below" in answer.talk


def test_books_folder_that_is_not_there_is_named_with_its_origin(run: Run, tmp_path: Path) -> None:
    (tmp_path / "costing.toml").write_text('\nbooks = "nowhere"\n')

    answer = run("report")

    assert answer.code == 2
    assert f'setting "books" cannot be {tmp_path / "nowhere"}: there is no such' in answer.talk
    assert f"--> project file {tmp_path / 'costing.toml'}, line 2" in answer.talk


@pytest.mark.parametrize("shape", ["table", "json"])
def test_doctor_reports_wrong_settings_as_a_failed_check(run: Run, shape: str) -> None:
    answer = run("doctor", "--format", shape, COSTING_TIMEZONE="Mars/Base")

    assert answer.code == 1
    assert "fail" in answer.out
    assert "no such time zone" in answer.out


def checks(run: Run, **variables: str) -> dict[str, tuple[str, str]]:
    """Verdict and finding of every check of `costing doctor`."""
    rows = json.loads(run("doctor", "--format", "json", **variables).out)
    return {row["check"]: (row["verdict"], row["found"]) for row in rows}


def test_doctor_tells_of_secrets_that_are_not_set(run: Run) -> None:
    found = checks(run)

    assert found["API token"] == ("warn", "not set")
    assert found["webhook secret"] == ("warn", "not set")
    assert found["inbox"] == ("pass", "nothing waits")
    assert found["last sync"][0] == "pass"


def test_doctor_reads_secrets_as_those_who_use_them_do(run: Run, tmp_path: Path) -> None:
    token, secrets = tmp_path / "token", tmp_path / "secrets"
    token.write_text("r8_example\n")
    token.chmod(0o644)
    secrets.write_text("whsec_AAEC\nno secret\n")

    found = checks(run, COSTING_API_TOKEN_FILE=str(token), COSTING_WEBHOOK_SECRET_FILE=str(secrets))

    assert found["API token"][0] == "warn"
    assert "can be read by everyone" in found["API token"][1]
    assert found["webhook secret"][0] == "fail"
    assert "line 2" in found["webhook secret"][1]


def test_doctor_tells_of_a_token_that_is_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("")

    found = checks(run, COSTING_API_TOKEN_FILE=str(tmp_path / "token"))

    assert found["API token"][0] == "fail"


def test_doctor_tells_what_waits_and_when_the_last_sync_was(run: Run, tmp_path: Path) -> None:
    arrived = datetime(2026, 10, 1, 12, tzinfo=UTC)
    seen = b'{"model": "acme/model-1", "visibility": "public", "is_official": false}'
    with open_store(tmp_path / "home") as store, store.transaction() as transaction:
        append(transaction, [Arrival(Origin.API, Kind.MODEL, seen)] * 2, arrived)
        set_cursor(transaction, Cursor("sync/acme/predictions", "", arrived))
        set_cursor(transaction, Cursor("readiness", "", datetime.now(UTC)))

    found = checks(run)

    assert found["inbox"][0] == "warn"
    assert found["inbox"][1].startswith("2 rows wait, the oldest for ")
    assert found["last sync"] == ("pass", "2026-10-01 12:00 UTC")
