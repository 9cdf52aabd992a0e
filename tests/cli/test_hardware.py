"""`costing hardware` and `costing explain`: what is unknown, and why it costs that."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from costing.cli.hardware import map_lines
from costing.errors import ExitCode
from costing.hardware_review import MissingHardware
from tests.cli.conftest import Run

IDS = {"acme/face": "a" * 26, "acme/upscale": "b" * 26}


@pytest.fixture
def ledger(run: Run, tmp_path: Path) -> None:
    """One prediction each of two models, of which the second ran longer."""
    seconds = {"acme/face": 4, "acme/upscale": 9}
    lines = [
        {
            "id": IDS[model],
            "model": model,
            "version": "v1",
            "status": "succeeded",
            "created_at": "2026-10-01T10:00:00Z",
            "started_at": "2026-10-01T10:00:01Z",
            "completed_at": "2026-10-01T10:00:11Z",
            "metrics": {"predict_time": seconds[model]},
        }
        for model in IDS
    ]
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    assert run("ingest", str(path)).code == 0


def write_map(home: Path, *patterns: str, sku: str = "gpu-t4") -> None:
    entries = (f'[[hardware]]\nmodel = "{pattern}"\nsku = "{sku}"\n' for pattern in patterns)
    (home / "hardware.toml").write_text("\n".join(entries))


@pytest.mark.usefixtures("ledger")
def test_missing_hardware_is_listed_most_seconds_first(run: Run) -> None:
    answer = run("hardware", "missing", "--format", "json")

    assert [row["model"] for row in json.loads(answer.out)] == ["acme/upscale", "acme/face"]


@pytest.mark.usefixtures("ledger")
def test_missing_hardware_can_be_pasted_and_filled_in(run: Run, tmp_path: Path) -> None:
    shown = run("hardware", "missing").out
    entries = shown.replace('sku = ""', 'sku = "gpu-t4"')
    (tmp_path / "home" / "hardware.toml").write_text(entries)

    answer = run("hardware", "missing")

    assert (answer.code, answer.out) == (0, "")
    assert answer.talk == "nothing is unrated for want of hardware\n"


@pytest.mark.usefixtures("ledger")
def test_hardware_check_finds_nothing_in_a_map_that_is_well(run: Run, tmp_path: Path) -> None:
    write_map(tmp_path / "home", "acme/face", "acme/upscale")

    answer = run("hardware", "check")

    assert (answer.code, answer.out) == (0, "")


@pytest.mark.usefixtures("ledger")
def test_hardware_check_finds_each_entry_whose_hardware_was_left_open(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "home" / "hardware.toml").write_text(run("hardware", "missing").out)

    answer = run("hardware", "check")

    assert answer.code == ExitCode.FAILED
    assert answer.out.count("the entry names no hardware") == len(IDS)


@pytest.mark.usefixtures("ledger")
def test_hardware_check_names_the_file_that_is_set(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[hardware]]\nmodel = "acme/*"\nsku = "gpu-t4"\n')

    without = run("hardware", "check")
    answer = run("hardware", "check", COSTING_HARDWARE=str(own))

    assert (without.code, answer.code) == (0, 0)
    assert f"there is no {tmp_path / 'home' / 'hardware.toml'}" in without.talk
    assert f"every entry of {own} is used" in answer.talk


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("shape", ["table", "json"])
def test_hardware_check_fails_on_an_entry_that_matches_nothing(
    run: Run, tmp_path: Path, shape: str
) -> None:
    write_map(tmp_path / "home", "acme/face", "acme/gone")

    answer = run("hardware", "check", "--format", shape)

    assert answer.code == ExitCode.FAILED
    assert "matches no record" in answer.out
    assert "line 5" in answer.out


@pytest.mark.usefixtures("ledger")
def test_hardware_map_with_an_error_names_file_and_line(run: Run, tmp_path: Path) -> None:
    write_map(tmp_path / "home", "acme/face", sku="gpu-t5")

    answer = run("report")

    assert answer.code == ExitCode.USAGE
    assert "error: hardware map refused: 1 finding" in answer.talk
    assert "hardware.toml, line 3" in answer.talk


@pytest.mark.usefixtures("ledger")
def test_explain_shows_the_amount_and_where_it_came_from(run: Run, tmp_path: Path) -> None:
    write_map(tmp_path / "home", "acme/*")

    answer = run("explain", IDS["acme/face"])

    assert answer.code == 0
    assert "gpu-t4" in answer.out
    assert "0.0009" in answer.out
    assert "hardware.toml" in answer.out


@pytest.mark.usefixtures("ledger")
def test_explain_says_that_an_id_is_unknown(run: Run) -> None:
    answer = run("explain", "nosuchid")

    assert (answer.code, answer.out) == (ExitCode.FAILED, "")
    assert "nosuchid" in answer.talk


@pytest.mark.usefixtures("ledger")
def test_doctor_passes_what_is_well_and_mends_the_rest(run: Run, tmp_path: Path) -> None:
    write_map(tmp_path / "home", "acme/*")

    answer = run("doctor", "--format", "json", REPLICATE_API_TOKEN="r8_secret")

    verdicts = {row["check"]: row["verdict"] for row in json.loads(answer.out)}
    assert verdicts.pop("price book") in {"pass", "warn"}  # It grows old by itself.
    warned = {check for check, verdict in verdicts.items() if verdict != "pass"}
    assert warned <= {"webhook secret", "last sync"}  # Nobody has to use these.
    assert answer.code == 0
    assert "r8_secret" not in answer.out


def test_doctor_warns_of_an_empty_ledger(run: Run) -> None:
    answer = run("doctor", "--format", "json")

    rows = {row["check"]: row for row in json.loads(answer.out)}
    assert answer.code == 0
    assert (rows["ledger"]["verdict"], rows["ledger"]["mend"]) == (
        "warn",
        "run `costing ingest FILE`",
    )
    assert rows["last ingest"]["verdict"] == "warn"


def test_map_lines_name_a_deployment_or_else_a_model_once() -> None:
    found = [
        MissingHardware("acme/face", "v1", "", 3, Decimal("40.5")),
        MissingHardware("acme/face", "v2", "", 1, Decimal("1.5")),
        MissingHardware("acme/face", "v1", "acme/live", 2, Decimal(7)),
        MissingHardware("", "v9", "", 2, Decimal(6)),
        MissingHardware("acme/face", "v1", "", 1, Decimal(2), "gpu-x9000[2]"),
    ]

    entries = tomllib.loads(map_lines(found))["hardware"]

    assert entries == [
        {"model": "acme/face", "sku": ""},
        {"deployment": "acme/live", "sku": ""},
        {"version": "v9", "sku": ""},
        {"hardware": "gpu-x9000[[]2]", "sku": ""},
    ]
    assert "# 42.0 s\n" in map_lines(found)
    assert "# 2.0 s; nearest: gpu-" in map_lines(found)


def test_hardware_that_nobody_knows_is_listed_and_mended_by_a_line(
    run: Run, tmp_path: Path
) -> None:
    line = {
        "id": "c" * 26,
        "model": "acme/face",
        "version": "v1",
        "hardware": "gpu-x9000",
        "status": "succeeded",
        "created_at": "2026-10-01T10:00:00Z",
        "started_at": "2026-10-01T10:00:01Z",
        "completed_at": "2026-10-01T10:00:11Z",
        "metrics": {"predict_time": 8},
    }
    (tmp_path / "one.jsonl").write_text(json.dumps(line))
    run("ingest", str(tmp_path / "one.jsonl"))

    (row,) = json.loads(run("hardware", "missing", "--format", "json").out)
    shown = run("hardware", "missing").out
    entries = shown[shown.index("[[hardware]]") :].replace('sku = ""', 'sku = "gpu-h100"')
    (tmp_path / "home" / "hardware.toml").write_text(entries)

    assert row["hardware"] == "gpu-x9000"
    assert row["nearest"]
    assert run("hardware", "missing").out == ""
    assert "gpu-h100: your map says so" in run("explain", line["id"]).out
