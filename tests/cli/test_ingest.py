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
from costing.ingest.tag import MOST_TAG_CHARACTERS, MOST_TAGS
from costing.lock import writing
from tests.cli.conftest import Run
from tests.turn import a_turn

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


def test_dry_run_makes_no_home(run: Run, records: Path, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())

    answer = run("ingest", str(records), "--dry-run", "--format", "json")

    assert json.loads(answer.out)["total"]["taken"] == 1
    assert set(tmp_path.iterdir()) == before


def test_ingest_leaves_at_once_if_a_stranger_has_the_file_and_nobody_is_to_be_waited_for(
    run: Run, records: Path, tmp_path: Path
) -> None:
    run("ingest", str(records))
    program = "import duckdb, sys; one = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    path = str(tmp_path / "home" / "ledger.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as stranger:
        assert stranger.stdout is not None
        stranger.stdout.readline()

        answer = run("ingest", str(records), "--fail-if-locked")
        stranger.communicate(b"\n")

    assert answer.code == ExitCode.LOCKED
    assert f"in use by process {stranger.pid} ({sys.executable})" in answer.talk


def test_ingest_says_nothing_when_quiet(run: Run, records: Path) -> None:
    result = run("ingest", str(records), "--quiet")

    assert (result.out, result.talk) == ("", "")


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


def test_ingest_leaves_with_3_where_every_row_was_rejected(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{}\n")

    answer = run("ingest", str(path))

    assert answer.code == ExitCode.DATA
    assert "its only row was rejected" in answer.talk


def test_ingest_tells_of_rows_that_cannot_be_tried_again(run: Run) -> None:
    run("ingest", "-", stdin=json.dumps(RECORD) + '\n{"id": "a", "tags": {"a": "b"}}\n')

    answer = run("ingest", "--retry-rejected")

    assert answer.code == 0
    assert "1 rejected row of - cannot be tried again without the source" in answer.talk


def test_ingest_refuses_unknown_hardware(run: Run, records: Path) -> None:
    answer = run("ingest", str(records), "--hardware", "gpu-t5")

    assert answer.code == ExitCode.USAGE
    assert "did you mean gpu-t4" in answer.talk


def test_ingest_leaves_with_75_and_names_the_holder_if_asked_not_to_wait(
    run: Run, records: Path, tmp_path: Path
) -> None:
    with writing(tmp_path / "home", a_turn(command="costing ingest big.jsonl")):
        answer = run("ingest", str(records), "--fail-if-locked")

    assert (answer.code, answer.out) == (ExitCode.LOCKED, "")
    assert f"in use by process {os.getpid()} (costing ingest big.jsonl, since" in answer.talk


def test_ingest_says_for_whom_it_waits(
    environment: dict[str, str], records: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "costing", "ingest", str(records)]

    with writing(tmp_path / "home", a_turn(command="costing ingest big.jsonl")):
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


@pytest.mark.parametrize(
    "texts",
    [
        [f"k{number}=x" for number in range(MOST_TAGS + 1)],
        ["k=" + "x" * (MOST_TAG_CHARACTERS + 1)],
        ["k" * (MOST_TAG_CHARACTERS + 1) + "=x"],
        ["k=\x1b[31m"],
        ["k\x85k=x"],
    ],
    ids=["many", "long", "long key", "escape", "control key"],
)
def test_tags_that_no_record_may_have_are_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_tags(texts)


def test_tags_at_the_limits_are_taken() -> None:
    most = [f"{number}=" + "x" * MOST_TAG_CHARACTERS for number in range(MOST_TAGS)]

    assert len(parse_tags(most)) == MOST_TAGS


@pytest.mark.parametrize("text", ["team", "=x", ""])
def test_tags_need_a_key(text: str) -> None:
    with pytest.raises(UsageError):
        parse_tags([text])
