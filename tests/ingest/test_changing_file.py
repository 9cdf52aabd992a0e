"""A file that is written to while it is read is refused rather than read wrongly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from costing.ingest.error import SourceChanged
from costing.ingest.source import open_source
from costing.ingest.staging import StageOptions, stage_source
from costing.ledger.connection import scratch
from tests.ingest.records import life, record_id

if TYPE_CHECKING:
    from pathlib import Path


def lines_of(*numbers: int) -> str:
    return "".join(json.dumps(life(number, 10, "succeeded")[2]) + "\n" for number in numbers)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    head = "id,status,created_at\n"
    row = f"{record_id(1)},succeeded,2026-10-01T00:00:00Z\n"
    path.write_text(head + row * 10_000)

    def write(_: int) -> None:
        with path.open("a") as file:
            file.write(row)

    with (
        scratch(tmp_path / "spool", memory_limit="200MB") as connection,
        open_source(path) as one,
        pytest.raises(SourceChanged),
    ):
        stage_source(connection, one, tmp_path / "spool", StageOptions(tick=write))


@pytest.mark.parametrize(
    ("seen", "lines"),
    [
        ([(1, record_id(7), False)], lines_of(1)),
        ([(1, record_id(1), True), (2, None, False)], "{}\n{}\n"),
        ([(1, record_id(1), False), (2, None, False)], lines_of(1)),
    ],
    ids=["another id", "no record any more", "a line is gone"],
)
def test_lines_that_are_not_those_seen_before_are_noticed(
    seen: list[tuple[int, str | None, bool]], lines: str, tmp_path: Path
) -> None:
    from costing.ingest.staging import _unclean_rows

    path = tmp_path / "records.jsonl"
    path.write_text(lines)
    with scratch(tmp_path / "spool", memory_limit="200MB") as connection, open_source(path) as one:
        connection.execute("create temp table clean_line (id varchar, is_clean boolean)")
        connection.executemany("insert into clean_line values (?, ?)", [line[1:] for line in seen])

        with pytest.raises(SourceChanged):
            list(_unclean_rows(connection, one, StageOptions()))
