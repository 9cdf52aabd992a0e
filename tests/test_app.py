"""The use cases end to end, as Python callers meet them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import polars
import pytest

from costing.app import Costing
from costing.errors import LedgerLocked, NotFound
from costing.settings import Settings
from tests.ingest.records import Record, life

if TYPE_CHECKING:
    from pathlib import Path

OCTOBER = {"month": "2026-10"}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def costing(tmp_path: Path, clock: Clock) -> Costing:
    return Costing(Settings(home=tmp_path / "home"), clock=clock)


def write(path: Path, *records: Record) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def ended(number: int, seconds: int = 10, **more: object) -> Record:
    """A finished prediction on a T4: seconds + 0.125 at $0.000225."""
    return {**life(number, seconds, "succeeded")[2], "hardware": "gpu-t4", **more}


def test_report_is_a_frame_with_exact_decimals(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])

    frame = costing.report("monthly", by=["model"], **OCTOBER)

    assert isinstance(frame.schema["amount_usd"], polars.Decimal)
    assert frame["amount_usd"].to_list() == [Decimal("0.002278125")]


def test_as_known_on_hides_what_came_later(costing: Costing, tmp_path: Path, clock: Clock) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    clock.now += timedelta(days=2)
    costing.ingest([write(tmp_path / "two.jsonl", ended(1, seconds=20), ended(3))])

    then = costing.report("monthly", by=[], as_known_on="2026-11-02", **OCTOBER)
    now = costing.report("monthly", by=[], **OCTOBER)

    assert then["amount_usd"].to_list() == [Decimal("10.125") * Decimal("0.000225")]
    assert now["amount_usd"].to_list() == [Decimal("30.250") * Decimal("0.000225")]


def test_contract_book_gives_list_and_contracted_amounts(
    costing: Costing, tmp_path: Path, clock: Clock
) -> None:
    folder = tmp_path / "books" / "ours"
    folder.mkdir(parents=True)
    (folder / "2026.toml").write_text(
        'book = "ours"\nversion = "2026"\nbuilds_on = "replicate"\ncurrency = "USD"\n'
        'effective_from = 2026-01-01T00:00:00Z\nknown_since = 2026-01-01T00:00:00Z\nkind = "move"\n'
        'source = "contract"\nchecked_on = 2026-01-01\nconfidence = "high"\n'
        '[[discount]]\npercent = "10"\n'
    )
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    ours = Costing(replace(costing.settings, books=tmp_path / "books", book="ours"), clock=clock)

    frame = ours.report("monthly", by=[], **OCTOBER)

    assert frame["amount_usd"].to_list() == [Decimal("0.0020503125")]
    assert "$0.0002025" in "\n".join(ours.explain(str(ended(1)["id"])))


def test_rejected_rows_are_tried_again_after_a_mend(costing: Costing, tmp_path: Path) -> None:
    path = write(tmp_path / "one.jsonl", ended(1), ended(2, status=None))
    costing.ingest([path])
    write(path, ended(1), ended(2))

    again = costing.ingest([], retry_rejected=True)

    assert (again.total("taken"), again.total("rejected")) == (1, 0)
    assert costing.report("rejected").height == 0


def test_a_retry_keeps_what_its_source_was_given(
    costing: Costing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {**ended(1), "hardware": None}
    path = write(tmp_path / "one.jsonl", {**plain, "status": None})
    monkeypatch.chdir(tmp_path)
    costing.ingest([path.relative_to(tmp_path)], hardware="gpu-t4", tags={"team": "search"})
    write(path, plain)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    costing.ingest([], retry_rejected=True)

    frame = costing.report("monthly", by=["hardware", "tag:team"], **OCTOBER)
    assert frame.select("hardware", "tag:team").rows() == [("gpu-t4", "search")]


def test_terms_of_another_ledger_are_never_used(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    ledger = costing.settings.home / "ledger.duckdb"
    backup = ledger.read_bytes()
    costing.ingest([write(tmp_path / "two.jsonl", ended(2, hardware="cpu"))])
    costing.report("monthly", **OCTOBER)
    ledger.write_bytes(backup)
    costing.ingest([write(tmp_path / "three.jsonl", ended(3, hardware="gpu-h100-8x"))])

    frame = costing.report("monthly", by=["hardware"], **OCTOBER)

    assert sorted(frame["hardware"]) == ["gpu-h100-8x", "gpu-t4"]


def test_rows_of_an_ingest_that_never_committed_are_not_there(
    costing: Costing, tmp_path: Path
) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    with duckdb.connect(str(costing.settings.home / "ledger.duckdb")) as connection:
        connection.execute(
            "insert into prediction select * replace (2 as ingest_id) from prediction"
        )

    before = costing.report("monthly", by=[], **OCTOBER)
    costing.ingest([write(tmp_path / "two.jsonl", ended(3))])
    after = costing.report("monthly", by=[], **OCTOBER)

    assert before["predictions"].to_list() == [1]
    assert after["predictions"].to_list() == [2]


def test_a_file_that_teaches_nothing_makes_no_data_younger(
    costing: Costing, tmp_path: Path, clock: Clock
) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    learned_at = clock.now
    clock.now += timedelta(days=3)
    costing.ingest([write(tmp_path / "none.jsonl"), write(tmp_path / "bad.jsonl", {"id": "x"})])

    assert costing.status().last_ingest == learned_at


def test_a_torn_file_of_terms_stops_no_report(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    before = costing.report("monthly", **OCTOBER)
    for path in (costing.settings.home / "cache").glob("*/*.parquet"):
        path.write_bytes(b"PAR1")

    assert costing.report("monthly", **OCTOBER).equals(before)


def test_rejected_rows_stay_while_nothing_is_mended(costing: Costing, tmp_path: Path) -> None:
    path = write(tmp_path / "one.jsonl", ended(2, status=None))
    costing.ingest([path])
    path.unlink()

    costing.ingest([], retry_rejected=True)

    assert costing.report("rejected").height == 1


def test_a_source_of_rejected_rows_alone_is_a_failure_too(costing: Costing, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.jsonl", ended(1, status=None), ended(2, status=None))
    good = write(tmp_path / "good.jsonl", ended(3), ended(4, status=None))

    summary = costing.ingest([bad, good])

    assert summary.total("rejected") == 3
    assert [(one.what, one.where) for one in summary.failures] == [
        ("all 2 rows were rejected", str(bad))
    ]
    assert costing.report("rejected").height == 3


def test_a_source_that_cannot_be_read_stops_no_other(costing: Costing, tmp_path: Path) -> None:
    good = write(tmp_path / "one.jsonl", ended(1))

    summary = costing.ingest([tmp_path / "missing.jsonl", good])

    assert summary.total("taken") == 1
    assert [failure.where for failure in summary.failures] == [str(tmp_path / "missing.jsonl")]


def test_inputs_outputs_and_logs_are_never_stored(costing: Costing, tmp_path: Path) -> None:
    secret = "a very private sentence"
    record = ended(1, input={"prompt": secret}, output=[secret], logs=secret, error=secret)
    costing.ingest([write(tmp_path / "one.jsonl", record, {**record, "status": None})])

    kept = b"".join(path.read_bytes() for path in costing.settings.home.rglob("*.duckdb*"))

    assert secret.encode() not in kept


def test_an_unknown_id_is_not_found(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])

    with pytest.raises(NotFound, match="nobody"):
        costing.explain("nobody")


def test_missing_hardware_is_listed_by_seconds(costing: Costing, tmp_path: Path) -> None:
    records = [ended(1, hardware=None), ended(2, seconds=90, hardware=None, version="b" * 64)]
    costing.ingest([write(tmp_path / "one.jsonl", *records)])

    missing = costing.missing_hardware()

    assert [(item.model, item.seconds) for item in missing] == [
        ("acme/model-2", Decimal("90.125")),
        ("acme/model-1", Decimal("10.125")),
    ]


def test_deleting_compiled_terms_loses_nothing(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    before = costing.report("monthly", **OCTOBER)
    kept = list((costing.settings.home / "cache").iterdir())

    again = costing.report("monthly", **OCTOBER)
    for path in kept:
        shutil.rmtree(path)

    assert len(kept) == 1
    assert again.equals(before)
    assert costing.report("monthly", **OCTOBER).equals(before)


def test_compare_rates_one_history_under_two_books(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])

    frame = costing.report("compare", other_book="api-map", **OCTOBER)

    assert frame["amount_usd"].to_list() == [Decimal("0.002278125")]
    assert frame["other_usd"].to_list() == [Decimal("0.01215")]


def test_a_foreign_holder_of_the_file_is_named(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    program = (
        "import duckdb, sys; connection = duckdb.connect(sys.argv[1]);"
        "print('open', flush=True); sys.stdin.read()"
    )
    path = str(costing.settings.home / "ledger.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"

        impatient = Costing(replace(costing.settings, lock_wait_seconds=0))
        with pytest.raises(LedgerLocked, match=str(other.pid)):
            impatient.report("monthly", **OCTOBER)
        other.communicate()
