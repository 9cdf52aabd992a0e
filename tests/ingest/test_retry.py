"""What becomes of rejected rows that are tried again, and how a rejected row is told apart."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from costing.ingest.ingestion import Place, ingest_rows, ingest_source
from costing.ingest.retry import retry_steps
from costing.ingest.row import read_row
from costing.ingest.stage_row import StageRow
from costing.ingest.summary import IngestSummary, UnretriedRows
from tests.ingest.example import make_record
from tests.ingest.records import life
from tests.ingest.taking import fetch, held, options, take

if TYPE_CHECKING:
    from pathlib import Path

MUTILATED = {
    "an input": {"input": {"duration": 5}},
    "tags": {"tags": {"team": "search"}},
    "a metric in words": {"metrics": {"own": "x"}},
    "a model of no form": {"model": "my own model"},
}


def retry(home: Path) -> list[IngestSummary]:
    return [step() for step in retry_steps(options(home))]


def reject(home: Path, record: dict[str, object]) -> Path:
    """A record that is refused, from a file that is gone."""
    path = home / "gone.jsonl"
    home.mkdir(exist_ok=True)
    path.write_text(json.dumps(record) + "\n")
    assert ingest_source(path, options(home)).rejected == 1
    path.unlink()
    return path


def heal(home: Path, text: str) -> None:
    """Make the kept text one that would be taken, as a program that reads more would find it."""
    import duckdb

    with duckdb.connect(str(home / "ledger.duckdb")) as connection:
        connection.execute("update rejected set raw = $text", {"text": text})


@pytest.mark.parametrize("change", MUTILATED.values(), ids=MUTILATED)
def test_a_row_that_was_not_kept_whole_is_never_taken(
    change: dict[str, object], tmp_path: Path
) -> None:
    path = reject(tmp_path, make_record(**change, created_at="2025-11-01T00:00:00"))
    heal(tmp_path, json.dumps(make_record()))

    [summary] = retry(tmp_path)

    assert summary == IngestSummary(unretried=(UnretriedRows(str(path), 1),))
    assert "1 rejected row" in str(summary.unretried[0])
    assert held(tmp_path) == []


def test_a_row_that_was_kept_whole_is_taken_without_its_file(tmp_path: Path) -> None:
    reject(tmp_path, make_record(created_at="2025-11-01T00:00:00"))
    heal(tmp_path, json.dumps(make_record()))

    [summary] = retry(tmp_path)

    assert (summary.total("taken"), summary.unretried) == (1, ())
    assert fetch(tmp_path, "from rejected") == []


def test_a_row_with_a_cut_text_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(b"id,status,created_at\na,b\nc,succeeded,2025-11-01T00:00:00Z,more\n\xff,,\n")
    ingest_source(path, options(tmp_path))
    path.unlink()

    assert retry(tmp_path) == [IngestSummary(unretried=(UnretriedRows(str(path), 3),))]


def test_a_retry_is_no_later_statement_of_what_was_given(tmp_path: Path) -> None:
    record = life(1, 10, "succeeded")[2]
    path = tmp_path / "records.jsonl"
    path.write_text(json.dumps(record) + "\n{}\n")
    for hardware, team in (("gpu-t4", "search"), ("gpu-l40s", "vision")):
        ingest_source(path, options(tmp_path, hardware=hardware, tags={"team": team}))
    before = held(tmp_path)

    retry(tmp_path)

    assert before[0][6] == "gpu-l40s"
    assert held(tmp_path) == before


def test_a_retry_has_what_the_file_was_given_last(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(json.dumps(make_record(created_at="yesterday")) + "\n")
    for hardware, team in (("gpu-t4", "search"), ("gpu-l40s", "vision")):
        ingest_source(path, options(tmp_path, hardware=hardware, tags={"team": team}))
    path.write_text(json.dumps(make_record(hardware=None)) + "\n")

    [summary] = retry(tmp_path)

    assert summary.total("taken") == 1
    assert held(tmp_path)[0][6] == "gpu-l40s"
    assert held(tmp_path)[0][18] == {"team": "vision"}


def test_a_row_that_was_kept_whole_and_is_refused_again_is_told_of(tmp_path: Path) -> None:
    path = reject(tmp_path, make_record(created_at="2025-11-01T00:00:00"))

    [summary] = retry(tmp_path)

    assert summary == IngestSummary(unretried=(UnretriedRows(str(path), 1, is_refused=True),))
    assert "refused again" in str(summary.unretried[0])


def test_rejected_rows_of_two_streams_are_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}\n")))
        ingest_source(None, options(tmp_path))

    assert fetch(tmp_path, "select path, line from rejected") == [("-", 1), ("-", 1)]


def test_rejected_rows_of_one_file_are_listed_once_for_each_reason(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    for status, created_at in ((None, None), (None, None), ("succeeded", "yesterday")):
        path.write_text(json.dumps({"id": "a", "status": status, "created_at": created_at}) + "\n")
        ingest_source(path, options(tmp_path))

    assert len(fetch(tmp_path, "from rejected")) == 2


def test_rows_that_were_kept_elsewhere_are_taken_as_those_of_a_file(tmp_path: Path) -> None:
    records = [one for number in range(5) for one in life(number, 10, "succeeded")]
    take(tmp_path / "file", records, hardware="cpu", tags={"team": "search"})
    read = [read_row(json.dumps(one).encode(), line=1) for one in [*records, {}]]
    kept = [one.to_json() if isinstance(one, StageRow) else one for one in read]

    place = Place("inbox", "inbox", "webhook", 0)
    given = options(tmp_path / "inbox", hardware="cpu", tags={"team": "search"})
    summary = ingest_rows(kept, place, given)

    assert (summary.rows, summary.taken, summary.rejected) == (16, 5, 1)
    assert held(tmp_path / "inbox") == held(tmp_path / "file")


def test_no_rows_are_taken_in_as_none(tmp_path: Path) -> None:
    summary = ingest_rows([], Place("inbox", "inbox", "webhook", 0), options(tmp_path))

    assert summary.rows == 0
