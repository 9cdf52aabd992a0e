"""`costing ingest`: options, counts, talk, and whom it waits for."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from costing.cli.ingest import parse_tags
from costing.errors import ExitCode, UsageError
from costing.lock import Turn, writing
from tests.cli.conftest import Run

RECORD = {
    "id": "a" * 26,
    "model": "acme/face",
    "version": "v1",
    "status": "succeeded",
    "created_at": "2026-10-01T10:00:00Z",
    "started_at": "2026-10-01T10:00:01Z",
    "completed_at": "2026-10-01T10:00:05Z",
    "metrics": {"predict_time": 4.0},
}


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A file of one good line and one bad."""
    path = tmp_path / "records.jsonl"
    path.write_text(json.dumps(RECORD) + "\nnot json\n")
    return path


def test_ingest_counts_how_every_row_ended(run: Run, records: Path) -> None:
    answer = run("ingest", str(records), "--format", "json")

    assert answer.code == 0
    counts = json.loads(answer.out)["total"]
    assert (counts["rows"], counts["taken"], counts["rejected"]) == (2, 1, 1)
    assert "`costing report rejected`" in answer.talk


def test_ingest_shows_a_line_a_file_and_a_total(run: Run, records: Path) -> None:
    answer = run("ingest", str(records), str(records))

    lines = [line.split() for line in answer.out.splitlines()]
    assert " ".join(lines[0]) == "file format rows taken unchanged updated rejected conflicted"
    assert [line[-6] for line in lines[1:]] == ["2", "2", "4"]
    assert lines[-1][0] == "total"


def test_ingest_reads_stdin(run: Run) -> None:
    answer = run("ingest", "-", "--format", "json", stdin=json.dumps(RECORD) + "\n")

    assert json.loads(answer.out)["total"]["taken"] == 1


def test_ingest_keeps_nothing_in_a_dry_run(run: Run, records: Path) -> None:
    answer = run("ingest", str(records), "--dry-run")

    assert answer.talk == "dry run: nothing was kept\n"
    again = run("ingest", str(records), "--format", "json")
    assert json.loads(again.out)["total"]["taken"] == 1


def test_ingest_says_nothing_when_quiet(run: Run, records: Path) -> None:
    assert run("ingest", str(records), "--quiet").talk == ""


def test_ingest_says_which_file_is_missing(run: Run) -> None:
    answer = run("ingest", "nowhere.jsonl")

    assert (answer.code, answer.out) == (ExitCode.DATA, "")
    assert "  --> nowhere.jsonl" in answer.talk


def test_ingest_takes_the_other_files_when_one_cannot_be_read(run: Run, records: Path) -> None:
    answer = run("ingest", "nowhere.jsonl", str(records), "--format", "json")

    assert answer.code == ExitCode.DATA
    told = json.loads(answer.out)
    assert told["total"]["taken"] == 1
    assert [one["where"] for one in told["failures"]] == ["nowhere.jsonl"]
    assert "error: no such file\n  --> nowhere.jsonl" in answer.talk


def test_ingest_refuses_unknown_hardware(run: Run, records: Path) -> None:
    answer = run("ingest", str(records), "--hardware", "gpu-t5")

    assert answer.code == ExitCode.USAGE
    assert "did you mean gpu-t4" in answer.talk


def test_ingest_leaves_with_75_and_names_the_holder_if_asked_not_to_wait(
    run: Run, records: Path, tmp_path: Path
) -> None:
    with writing(tmp_path / "home", Turn(command="costing ingest big.jsonl")):
        answer = run("ingest", str(records), "--fail-if-locked")

    assert (answer.code, answer.out) == (ExitCode.LOCKED, "")
    assert f"in use by process {os.getpid()} (costing ingest big.jsonl, since" in answer.talk


def test_ingest_says_for_whom_it_waits(
    environment: dict[str, str], records: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "costing", "ingest", str(records)]

    with writing(tmp_path / "home", Turn(command="costing ingest big.jsonl")):
        waiting = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert waiting.stderr is not None
        told = waiting.stderr.readline().decode()
    waiting.communicate()

    assert told.startswith(f"waiting for process {os.getpid()} (costing ingest big.jsonl, since ")
    assert waiting.returncode == 0


@pytest.mark.parametrize("options", [[], ["--quiet"]], ids=["watched", "quiet"])
def test_ingest_draws_progress_on_a_terminal_only_if_not_quiet(
    environment: dict[str, str], records: Path, tmp_path: Path, options: list[str]
) -> None:
    ours, theirs = pty.openpty()

    subprocess.run(
        [sys.executable, "-m", "costing", *options, "ingest", str(records)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=True,
    )
    os.write(theirs, b"end\n")
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)

    assert ("reading " in seen) is (options == [])


def test_tags_keep_what_follows_the_first_equals_sign() -> None:
    assert parse_tags(["a=b=c", " team =x", "empty="]) == {"a": "b=c", "team": "x", "empty": ""}


@pytest.mark.parametrize("text", ["team", "=x", ""])
def test_tags_need_a_key(text: str) -> None:
    with pytest.raises(UsageError):
        parse_tags([text])
