"""What becomes of a record that the ledger already holds."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costing.ingest.source import open_source
from costing.ingest.staging import stage_source
from costing.ledger.connection import attached, scratch
from costing.ledger.merge import MOST_ROUNDS, MergeCount, merge_stage
from costing.spill import make_spill_folder
from tests.ingest.records import Record, life, lives, partial_observations
from tests.ingest.taking import fetch, held, options, take, write_records
from tests.turn import NOW

if TYPE_CHECKING:
    from pathlib import Path

law = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@law
@given(lives(), st.randoms(use_true_random=False))
def test_order_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], chance: random.Random
) -> None:
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    shuffled = list(records)
    chance.shuffle(shuffled)

    take(here, records)
    take(there, shuffled)

    assert held(here) == held(there)


@law
@given(lives())
def test_repeats_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    home = tmp_path_factory.mktemp("home")
    take(home, records)
    before = held(home)

    again = take(home, records + records)

    assert held(home) == before
    assert again.unchanged == again.rows == 2 * len(records)


@law
@given(lives(), st.integers(0, 20), st.booleans())
def test_splitting_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], cut: int, is_reversed: bool
) -> None:
    whole, parts = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("parts")
    pieces = [records[:cut], records[cut:]]

    take(whole, records)
    for piece in reversed(pieces) if is_reversed else pieces:
        take(parts, piece)

    assert held(whole) == held(parts)
    assert fetch(parts, "from conflict") == []


@law
@given(lives(), lives())
def test_counts_add_up_to_rows(
    tmp_path_factory: pytest.TempPathFactory, first: list[Record], second: list[Record]
) -> None:
    home = tmp_path_factory.mktemp("home")

    for records in (first, second):
        summary = take(home, records)
        ended = (
            summary.taken
            + summary.unchanged
            + summary.updated
            + summary.rejected
            + summary.conflicted
        )
        assert ended == summary.rows == len(records)


@law
@given(partial_observations(), st.randoms(use_true_random=False), st.integers(0, 15))
def test_parts_of_predictions_make_the_same_rows_in_any_order(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[Record],
    chance: random.Random,
    cut: int,
) -> None:
    whole, parts, crowd = (tmp_path_factory.mktemp(name) for name in ("whole", "parts", "crowd"))
    shuffled = list(records)
    chance.shuffle(shuffled)

    take(whole, records)
    for piece in (shuffled[:cut], shuffled[cut:]):
        take(parts, piece)
    merged(crowd, shuffled, 1, hardware="")

    assert held(whole) == held(parts) == held(crowd)
    assert fetch(parts, "from conflict") == []


def test_an_unfinished_record_that_comes_late_fills_in_what_was_missing(tmp_path: Path) -> None:
    _, processing, succeeded = life(1, 10, "succeeded")
    late = {**succeeded, "started_at": None, "created_at": None, "metrics": {}}
    take(tmp_path, [late])

    summary = take(tmp_path, [processing])

    assert summary.updated == 1
    [row] = held(tmp_path)
    assert row[8] == "succeeded"
    assert None not in row[10:14]


def test_a_repeat_fills_in_what_only_it_says(tmp_path: Path) -> None:
    first, second = life(1, 10, "succeeded")[2], life(1, 20, "succeeded")[2]
    bare = [{**record, "metrics": {"predict_time": 9}} for record in (first, second)]
    for record in bare:
        take(tmp_path, [record])

    take(tmp_path, [{**bare[0], "metrics": {"predict_time": 9, "total_time": 12, "own": "x"}}])

    [row] = held(tmp_path)
    assert (row[12], row[17]) == (held(tmp_path)[0][12], '{"own":"x"}')
    assert str(row[15]) == "12.000000000"
    assert fetch(tmp_path, "select count(*) from conflict") == [(1,)]


def test_unfinished_never_undoes_finished(tmp_path: Path) -> None:
    starting, processing, succeeded = life(1, 10, "succeeded")
    take(tmp_path, [succeeded])

    late = take(tmp_path, [starting, processing])

    assert late.unchanged == 2
    assert [row[8] for row in held(tmp_path)] == ["succeeded"]


def test_other_billing_content_is_a_conflict_and_the_later_counts(tmp_path: Path) -> None:
    first, second = life(1, 10, "succeeded")[2], life(1, 20, "succeeded")[2]
    take(tmp_path, [first])

    summary = take(tmp_path, [second])

    assert summary.conflicted == 1
    assert str(held(tmp_path)[0][14]) == "20.125000000"
    assert fetch(tmp_path, "select field, kept, dropped from conflict order by field") == [
        ("completed_at", "2026-10-01T00:01:22.000000Z", "2026-10-01T00:01:12.000000Z"),
        ("predict_time", "20.125000000", "10.125000000"),
    ]


def test_a_repeat_of_what_was_replaced_is_no_news(tmp_path: Path) -> None:
    first, second = life(1, 10, "succeeded")[2], life(1, 20, "succeeded")[2]
    take(tmp_path, [first])
    take(tmp_path, [second])

    again = take(tmp_path, [first])

    assert again.unchanged == 1
    assert str(held(tmp_path)[0][14]) == "20.125000000"


def test_a_partial_repeat_of_what_was_replaced_is_no_news(tmp_path: Path) -> None:
    asked = {**life(1, 10, "succeeded")[2], "input": {"duration": 5}}
    removed = {**asked, "input": {}, "data_removed": True}
    contrary = life(1, 20, "succeeded")[2]
    for record in (asked, removed, contrary):
        take(tmp_path, [record])
    before = held(tmp_path)

    again = take(tmp_path, [removed])

    assert again.unchanged == 1
    assert held(tmp_path) == before


def crowd(size: int) -> list[Record]:
    """Contents of one id, each of which says something that the others do not."""
    starting, processing, succeeded = life(1, 10, "succeeded")
    states = (starting, processing, {**succeeded, "completed_at": None, "status": "resting"})
    observed = [
        {
            **states[number % 3],
            "tags": {f"tag{number % 7}": str(number), "last": str(number)},
            "metrics": {f"metric_{number % 11}": number, "odd": "x"},
            "input": {"duration": number} if number % 5 == 0 else {},
            "hardware": "gpu-t4" if number == 4 else None,
            "deployment": "acme/live" if number == 6 else None,
            "data_removed": number == 3,
        }
        for number in range(size - 1)
    ]
    return [*observed, succeeded]


def merged(
    home: Path, records: list[Record], most_rounds: int, *, hardware: str = "cpu"
) -> MergeCount:
    """How the records of one source end where so many of their rounds are kept apart."""
    given = options(home, hardware=hardware)
    path = write_records(home, records)
    spill = make_spill_folder(home)
    with (
        scratch(spill, memory_limit=given.memory_limit) as connection,
        open_source(path, spool_folder=spill, max_line_bytes=given.max_line_bytes) as source,
    ):
        stage_source(connection, source, spill, given.stage)
        with attached(connection, home, given.turn):
            return merge_stage(connection, ingest_id=1, observed_at=NOW, most_rounds=most_rounds)


@pytest.mark.parametrize("rounds", [1, 2, 5, 11])
def test_contents_that_are_folded_end_as_those_merged_one_by_one(
    rounds: int, tmp_path: Path
) -> None:
    one_by_one = merged(tmp_path / "rounds", crowd(12) * 2, MOST_ROUNDS)
    folded = merged(tmp_path / "folded", crowd(12) * 2, rounds)

    assert folded == one_by_one
    assert held(tmp_path / "folded") == held(tmp_path / "rounds")


def test_no_number_of_contents_of_one_id_loses_any(tmp_path: Path) -> None:
    summary = take(tmp_path, [*crowd(500), life(2, 5, "succeeded")[2]])

    assert (summary.rejected, summary.taken, summary.updated) == (0, 2, 499)
    assert len(held(tmp_path)) == 2


def test_a_crowd_that_is_taken_in_again_changes_nothing(tmp_path: Path) -> None:
    records = [life(1, seconds, "succeeded")[2] for seconds in range(1, 101)]
    take(tmp_path, records)

    again = take(tmp_path, records)

    assert again.unchanged == again.rows == 100


def test_contradictions_in_a_crowd_end_as_in_two_files(tmp_path: Path) -> None:
    records = [life(1, seconds, "succeeded")[2] for seconds in range(1, 101)]

    whole = take(tmp_path / "whole", records)
    for half in (records[:50], records[50:]):
        take(tmp_path / "halves", half)

    assert whole.conflicted == MOST_ROUNDS - 1
    assert held(tmp_path / "whole") == held(tmp_path / "halves")


@pytest.mark.parametrize("status", ["starting", "succeeded"])
def test_what_is_given_again_is_a_later_statement(tmp_path: Path, status: str) -> None:
    record = {"starting": life(1, 10, "succeeded")[0], "succeeded": life(1, 10, "succeeded")[2]}
    said: dict[str, dict[str, object]] = {
        "first": {"hardware": "gpu-t4", "tags": {"team": "search"}},
        "second": {"hardware": "gpu-l40s", "tags": {"team": "vision", "more": "x"}},
    }

    outcomes = [
        take(tmp_path, [record[status]], **said[name])
        for name in ("first", "second", "first", "first")
    ]

    assert [one.taken for one in outcomes] == [1, 0, 0, 0]
    assert [one.updated for one in outcomes] == [0, 1, 1, 0]
    assert held(tmp_path)[0][6] == "gpu-t4"
    assert held(tmp_path)[0][18] == {"more": "x", "team": "search"}


@pytest.mark.parametrize("is_reversed", [False, True])
def test_hardware_of_a_record_outranks_what_is_given(tmp_path: Path, is_reversed: bool) -> None:
    silent = life(1, 10, "succeeded")[2]
    records = [{**silent, "hardware": "gpu-t4"}, silent]

    for record in reversed(records) if is_reversed else records:
        take(tmp_path, [record], hardware="gpu-l40s")

    assert held(tmp_path)[0][6] == "gpu-t4"
    assert fetch(tmp_path, "from conflict") == []


def test_a_later_record_that_names_other_hardware_is_a_conflict(tmp_path: Path) -> None:
    record = life(1, 10, "succeeded")[2]
    for hardware in ("gpu-t4", "gpu-l40s"):
        take(tmp_path, [{**record, "hardware": hardware}])

    assert fetch(tmp_path, "select field, kept, dropped from conflict") == [
        ("hardware", "gpu-l40s", "gpu-t4")
    ]


def test_sources_of_any_format_say_the_same_of_a_record(tmp_path: Path) -> None:
    import json

    from costing.ingest.ingestion import ingest_source
    from tests.ingest.taking import options

    record = life(1, 10, "succeeded")[2]
    take(tmp_path, [record])
    array = tmp_path / "records.json"
    array.write_text(json.dumps([record]))

    assert ingest_source(array, options(tmp_path)).unchanged == 1


def test_hardware_and_tags_given_later_are_taken(tmp_path: Path) -> None:
    record = life(1, 10, "succeeded")[2]
    take(tmp_path, [record])

    later = take(tmp_path, [{**record, "hardware": "gpu-t4", "tags": {"team": "search"}}])
    silent = take(tmp_path, [record])

    assert (later.updated, silent.unchanged) == (1, 1)
    assert held(tmp_path)[0][6] == "gpu-t4"
    assert held(tmp_path)[0][18] == {"team": "search"}


def test_removed_input_does_not_erase_what_it_asked_for(tmp_path: Path) -> None:
    record = {**life(1, 10, "succeeded")[2], "input": {"duration": 5, "prompt": "a secret"}}
    take(tmp_path, [record])

    take(tmp_path, [{**record, "input": {}, "data_removed": True}])

    assert "input.duration" in str(held(tmp_path)[0][16])


def test_replaced_rows_stay_in_the_history(tmp_path: Path) -> None:
    starting, _, succeeded = life(1, 10, "succeeded")
    take(tmp_path, [starting])
    take(tmp_path, [succeeded])

    assert fetch(tmp_path, "select status, superseded_by_ingest from prediction_history") == [
        ("starting", 2)
    ]


def test_a_dry_run_leaves_no_ledger(tmp_path: Path) -> None:
    from costing.ingest.ingestion import ingest_source
    from tests.ingest.taking import options

    path = tmp_path / "records.jsonl"
    path.write_text('{"id": "abc", "status": "succeeded", "created_at": "2026-10-01T00:00:00Z"}\n')

    summary = ingest_source(path, replace(options(tmp_path / "home"), is_dry_run=True))

    assert summary.taken == 1
    assert not (tmp_path / "home" / "ledger.duckdb").exists()
