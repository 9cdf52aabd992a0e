"""Tables: CSV and Parquet become the same records as JSON."""

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from costing.ingest.error import ColumnsUnclear, SourceDamaged
from costing.ingest.formats.flat import build_record, exact_value, read_cell
from costing.ingest.source import open_source
from costing.ingest.stage_row import Rejected, StageRow
from tests.ingest.example import ids, read_file, write_file

INSTANT = "2025-11-01T00:00:00Z"


def read_one(path: Path) -> StageRow:
    [(_, row)] = read_file(path)
    assert isinstance(row, StageRow), row
    return row


def parquet(folder: Path, select: str) -> Path:
    path = folder / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_csv_flattened_is_read(tmp_path: Path, delimiter: str, line_break: str) -> None:
    header = ["id", "status", "created_at", "predict_time", "metrics.image_count", "tags.team",
              "data_removed", "error", "input.duration", "output"]  # fmt: skip
    cells = ["a", "succeeded", INSTANT, "1.5", "2", "search", "TRUE", "", "5", "x"]
    text = line_break.join([delimiter.join(header), delimiter.join(cells), ""])
    path = write_file(tmp_path, b"\xef\xbb\xbf" + text.encode())
    row = read_one(path)
    assert (row.id, row.predict_seconds, row.data_removed) == ("a", Decimal("1.5"), True)
    assert row.quantities == {"image_count": 2, "input.duration": 5}
    assert row.tags == {"team": "search"}
    assert row.has_error is False
    with open_source(path) as source:
        assert source.format.name == "csv"


def test_csv_cells_of_json_are_read(tmp_path: Path) -> None:
    metrics = '"{""predict_time"": 0.123456789, ""own"": ""x""}"'
    text = f'id,status,created_at,metrics,tags\na,s,{INSTANT},{metrics},"{{""n"": 1}}"\n'
    row = read_one(write_file(tmp_path, text.encode()))
    assert row.predict_seconds == Decimal("0.123456789")
    assert row.other_metrics == '{"own":"x"}'
    assert row.tags == {"n": "1"}


def test_csv_empty_cells_are_null(tmp_path: Path) -> None:
    text = f"id,status,created_at,started_at,metrics,model\na,s,{INSTANT},,,\n"
    row = read_one(write_file(tmp_path, text.encode()))
    assert (row.started_at, row.model, row.predict_seconds) == (None, "", None)


def test_csv_bad_rows_cost_only_themselves(tmp_path: Path) -> None:
    lines = [
        "id,status,created_at,predict_time,logs",
        f'a,s,{INSTANT},1,"two\nlines"',
        "b,s",
        f"c,s,{INSTANT},nan,",
        f"d,s,{INSTANT},1e300,",
        f"e,s,{INSTANT},12 s,",
        "",
        "f,s,2025-11-01 00:00:00,1,",
        f"g,s,{INSTANT},1,",
    ]
    found = read_file(write_file(tmp_path, "\n".join(lines).encode()))
    assert [line for line, _ in found] == [2, 4, 5, 6, 7, 9, 10]
    assert [row.reason if isinstance(row, Rejected) else row.id for _, row in found] == [
        "a",
        "has 2 cells, the header has 5",
        "metrics.predict_time is not finite",
        "metrics.predict_time is out of range: its size must be below 1000000000",
        "metrics.predict_time must be a number",
        "created_at has no offset from UTC: write Z, or an offset such as +02:00",
        "g",
    ]


def test_csv_in_latin_1_is_rejected_by_row(tmp_path: Path) -> None:
    text = f"id,status,created_at,model\na,s,{INSTANT},\xe9\nb,s,{INSTANT},e\n"
    assert ids(write_file(tmp_path, text.encode("latin-1"))) == ["!not UTF-8 text", "b"]


def test_csv_long_cell_that_is_not_read_does_not_matter(tmp_path: Path) -> None:
    text = f"id,status,created_at,logs\na,s,{INSTANT},{'x' * 1_000_000}\n"
    assert ids(write_file(tmp_path, text.encode())) == ["a"]


def test_csv_header_of_one_column_is_recognised(tmp_path: Path) -> None:
    assert ids(write_file(tmp_path, b"id\na\n")) == ["!status is missing"]


def test_parquet_nested_is_read(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        "select 'a' as id, 's' as status, timestamp '2025-11-01 00:00:00' as created_at,"
        " timestamptz '2025-11-01 02:00:01+02' as started_at,"
        " timestamp_ns '2025-11-01 00:00:02.123456789' as completed_at,"
        " {predict_time: 5.219638328::double, image_count: 1, other: null::integer} as metrics,"
        " map {'team': 'search'} as tags, {duration: 5} as input, 'secret' as output",
    )
    row = read_one(path)
    assert row.created_at is not None
    assert row.started_at is not None
    assert row.completed_at is not None
    assert row.created_at.isoformat() == "2025-11-01T00:00:00+00:00"
    assert row.started_at.isoformat() == "2025-11-01T00:00:01+00:00"
    assert row.completed_at.isoformat() == "2025-11-01T00:00:02.123456+00:00"
    assert row.predict_seconds == Decimal("5.219638328")
    assert row.quantities == {"image_count": 1, "input.duration": 5}
    assert row.tags == {"team": "search"}


def test_parquet_flattened_and_text_is_read(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        f"select 'a' || n as id, 's' as status, '{INSTANT}' as created_at,"
        " 1.123456789::decimal(18,9) as predict_time, '{\"image_count\": 1}' as metrics"
        " from range(2500) as numbers(n)",
    )
    found = read_file(path)
    assert [line for line, _ in found] == list(range(1, 2501))
    last = found[-1][1]
    assert isinstance(last, StageRow)
    assert (last.id, last.predict_seconds) == ("a2499", Decimal("1.123456789"))
    assert last.quantities == {"image_count": 1}


def test_parquet_bad_rows_are_rejected(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        f"select id, 's' as status, '{INSTANT}' as created_at, seconds as predict_time"
        " from (values ('a', 'nan'::double), ('b', 'inf'::double), (null, 1), ('d', 1)) as"
        " sample(id, seconds)",
    )
    assert ids(path) == [
        "!metrics.predict_time is not finite",
        "!metrics.predict_time is not finite",
        "!id is missing",
        "d",
    ]


def test_parquet_bytes_are_text_or_refused(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        f"select unnest(['a9'::blob, '\\xFF'::blob]) as id, 's'::blob as status,"
        f" '{INSTANT}'::blob as created_at, map {{'own'::blob: 'x'::blob}} as metrics",
    )

    (_, taken), (_, refused) = read_file(path)

    assert isinstance(taken, StageRow)
    assert isinstance(refused, Rejected)
    assert (taken.id, taken.other_metrics) == ("a9", '{"own":"x"}')
    assert refused.reason == "id must be text"
    assert "FF" not in refused.raw


def test_parquet_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceDamaged):
        read_file(parquet(tmp_path, "select 1 as x"))


def test_flat_whole_object_outranks_its_flattened_members() -> None:
    record = build_record([("metrics.a", "1"), ("metrics", '{"a": 2}'), ("tags.b", "3")])
    assert json.loads(json.dumps(record, default=str)) == {
        "metrics": {"a": "2"},
        "tags": {"b": "3"},
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.50", Decimal("1.50")), ("false", False), ("1,5", "1,5"), ("01", "01"), (5, 5)],
)
def test_flat_cell_is_a_scalar_or_text(text: object, value: object) -> None:
    assert read_cell(text) == value


def test_flat_double_is_the_shortest_decimal() -> None:
    assert exact_value([0.1, {"a": 1e300, "b": None}, b"x"]) == [
        Decimal("0.1"),
        {"a": Decimal("1e300")},
        "x",
    ]


def test_parquet_columns_named_with_dots_are_read(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        "select 'a' as id, 's' as status, timestamp '2025-11-01 00:00:00' as created_at,"
        ' 1.5 as "metrics.predict_time", \'search\' as "tags.team"',
    )

    row = read_one(path)

    assert row.predict_seconds == Decimal("1.5")
    assert row.tags == {"team": "search"}


def test_parquet_columns_that_differ_only_in_capitals_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    nested = {"predict_time": 1.5, "image_count": 2}
    row = {"id": "a", "metrics": nested, "status": "s", "created_at": INSTANT, "Id": "b"}
    pl.DataFrame([row]).write_parquet(path)

    with pytest.raises(ColumnsUnclear) as caught:
        read_file(path)

    assert caught.value.what == 'Parquet columns "id" and "Id" differ only in capitals'


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("id,status,Id", 'CSV columns "id" and "Id" differ only in capitals'),
        ("id,Status", 'CSV column "Status" is known in small letters only'),
        ("id,status,status", 'CSV column "status" stands there 2 times'),
    ],
)
def test_csv_columns_that_are_unclear_are_refused(tmp_path: Path, columns: str, told: str) -> None:
    cells = ",".join("a" for _ in columns.split(","))
    with pytest.raises(ColumnsUnclear) as caught:
        read_file(write_file(tmp_path, f"{columns}\n{cells}\n".encode()))

    assert caught.value.what == told


def test_parquet_column_in_capitals_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path, f"select 'a' as id, 's' as status, '{INSTANT}' as \"Created_At\"")

    with pytest.raises(ColumnsUnclear, match='"Created_At" is known in small letters only'):
        read_file(path)


def test_parquet_columns_that_are_not_read_may_be_spelled_anyhow(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    row = {"id": "a", "status": "s", "created_at": INSTANT, "Output": "x", "output": "y"}
    pl.DataFrame([row]).write_parquet(path)

    assert ids(path) == ["a"]
