"""`config show`, `init` and `doctor`: the first minutes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costing.settings import setting_table
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
