"""Laws of the careful lane: nothing raises, nothing private is kept, nothing is lost on the way."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costing.ingest.error import SourceUnreadable
from costing.ingest.exact_json import read_json, write_json
from costing.ingest.raw_text import RAW_MOST_CHARACTERS, damaged_text, record_text
from costing.ingest.row import read_row
from costing.ingest.source import open_source, rows
from costing.ingest.stage_row import Rejected, StageRow
from tests.ingest.example import make_record
from tests.ingest.example import read_row as read_changed

MARK = "kittensecret"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(sorted([*make_record(), "hardware", "tags", "account", "kind"]))
INSTANTS = st.datetimes(
    datetime(2000, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2200, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
PLAIN_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=9)
DECIMALS = st.decimals(-999_999_999, 999_999_999, places=9)


def private(text: str) -> st.SearchStrategy[object]:
    """JSON values that hold a text somewhere, under any name but those that may be read."""
    return st.recursive(
        st.just(text),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(st.sampled_from(["prompt", "x", "text", "id"]), inner, min_size=1)
        ),
        max_leaves=5,
    )


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_row_or_rejected(raw: bytes) -> None:
    row = read_row(raw, line=1)
    assert isinstance(row, Rejected)
    row.raw.encode()


@given(st.dictionaries(FIELDS, JSON_VALUES))
def test_any_record_is_a_row_or_rejected(changes: dict[str, object]) -> None:
    row = read_row(json.dumps(make_record(**changes)).encode(), line=1, hash_key=b"key")
    text = row.to_json() if isinstance(row, StageRow) else row.raw.encode()
    assert json.loads(text)


@given(st.dictionaries(st.text() | FIELDS, JSON_VALUES))
def test_any_value_is_a_row_or_rejected(value: dict[str, object]) -> None:
    row = read_row(value, line=1)
    text = row.to_json() if isinstance(row, StageRow) else row.raw.encode()
    assert json.loads(text) is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([b"", b"{", b"[", b"PAR1", b"id,", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"]),
    st.binary(),
)
def test_any_file_is_read_or_refused(tmp_path: Path, start: bytes, rest: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(start + rest)
    try:
        with open_source(path) as source:
            assert all(row.line == line for line, row in rows(source))
    except SourceUnreadable as error:
        assert error.help  # noqa: PT017 - either outcome is right


@given(
    st.fixed_dictionaries({"input": private(MARK), "output": private(MARK), "logs": private(MARK)}),
    st.sampled_from(["id", "created_at", "metrics", "status"]),
)
def test_private_text_is_in_no_row(hidden: dict[str, object], spoiled: str) -> None:
    raw = json.dumps(make_record(**hidden, error=MARK, webhook=MARK)).encode()
    taken = read_row(raw, line=1, hash_key=b"key")
    rejected = read_row(json.dumps(make_record(**{**hidden, spoiled: 5})).encode(), line=1)
    assert isinstance(taken, StageRow)
    assert isinstance(rejected, Rejected)
    assert MARK.encode() not in taken.to_json()
    assert MARK not in rejected.raw + rejected.reason + rejected.field


@given(private(MARK), private(MARK), st.data())
def test_private_text_is_in_no_damaged_row(
    asked: object, given_back: object, data: st.DataObject
) -> None:
    record = make_record(input=asked, output=given_back, logs=MARK)
    names = data.draw(st.permutations(list(record)))
    raw = json.dumps({name: record[name] for name in names}).encode()
    place = data.draw(st.integers(0, len(raw)))
    damage = data.draw(
        st.sampled_from(
            [raw[:place], raw[:place] + raw[place + 1 :], raw[:place] + b"?" + raw[place:],
             raw[:place] + b'"' + raw[place:], raw[:place] + b"\n" + raw[place:], b"?" + raw,
             raw[:place] + raw, raw + raw[place:]]
        )
    )  # fmt: skip
    for line in damage.split(b"\n"):
        row = read_row(line, line=1)
        kept = row.to_json().decode() if isinstance(row, StageRow) else row.raw
        assert MARK not in kept


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=30))
def test_rejected_text_is_bounded_and_can_be_read_again(record: dict[str, object]) -> None:
    metrics = {f"metric_{number}": number for number in range(2000)}
    kept = record_text({**record, "metrics": metrics, "model": "y" * 1900})
    assert len(kept.text) <= RAW_MOST_CHARACTERS
    assert isinstance(json.loads(kept.text), dict)
    assert not kept.is_whole


def test_rejected_text_of_mixed_lines_keeps_nothing_private() -> None:
    whole = json.dumps(make_record(input=MARK, output=[MARK], logs=MARK, error=MARK))
    for field in ("created_at", "metrics", "tags", "urls", "id"):
        assert MARK not in damaged_text(f'{{"{field}": {whole}'.encode())


def test_rejected_text_of_many_fields_is_bounded() -> None:
    raw = json.dumps({f"name{number}": number for number in range(5000)}).encode()[:-1]
    assert len(damaged_text(raw)) <= RAW_MOST_CHARACTERS + 100


def test_rejected_text_keeps_what_a_second_try_needs() -> None:
    address = f"https://api.replicate.com/v1/trainings/{'a' * 26}"
    record = make_record(id="", urls={"get": address, "stream": MARK}, error=MARK, logs=MARK)
    row = read_row(json.dumps(record).encode(), line=1)
    assert isinstance(row, Rejected)
    assert row.is_retriable
    mended = {**json.loads(row.raw, parse_float=Decimal, parse_int=Decimal), "id": "a"}
    again = read_row(mended, line=1)
    assert isinstance(again, StageRow)
    assert again == read_changed(id="a", kind="training", error=MARK)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "model": st.sampled_from(["a/b", "a cat", "a/b/c", None]),
            "hardware": st.sampled_from(["gpu-t4", "T4", "something else", ""]),
            "account": st.sampled_from(["", "acme"]),
            "metrics": st.dictionaries(
                st.sampled_from(["predict_time", "image_count", "own", "two words"]),
                st.integers() | st.decimals() | st.booleans() | st.text() | st.none(),
            ),
            "tags": st.sampled_from([{}, {"team": "search"}]),
            "input": st.sampled_from([{}, {"duration": 5}]),
            "urls": st.sampled_from([{}, {"get": "https://x"}]),
            "created_at": st.sampled_from(["2025-11-01T00:00:00+02:00", "2025-11-01", None]),
        },
    )
)
def test_rejected_text_that_is_whole_reads_as_the_record_does(changes: dict[str, object]) -> None:
    record = make_record(**changes)
    kept = record_text(record)

    if kept.is_whole:
        assert outcome(kept.text) == outcome(write_json(record))


def outcome(text: str) -> object:
    """What becomes of a record under another id, without the text that is kept of it."""
    row = read_row({**read_object(text), "id": "a"}, line=1)
    return row if isinstance(row, StageRow) else (row.reason, row.field)


def read_object(text: str) -> dict[str, object]:
    value = read_json(text.encode("utf-8", "replace"))
    assert isinstance(value, dict)
    return value


PIECES = ["a private cat", "private", "private, cat", "3 private cats", '{"private": 1}']


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("field", [*make_record(), "hardware", "account", "kind", "tags", "other"])
def test_rejected_text_of_spliced_lines_keeps_nothing_private(field: str, piece: str) -> None:
    start = json.dumps({name: 1 for name in make_record() if name != field})[:-1]
    for rest in (f'"{field}": {json.dumps(piece)}', f'"{field}": {{{json.dumps(piece)}: 1}}'):
        for line in (f"{start}, {rest}}}", f"{start}, {rest}, broken"):
            row = read_row(line.encode(), line=1)
            assert isinstance(row, Rejected)
            assert "private" not in row.raw + row.reason + row.field


@pytest.mark.parametrize("cells", [9, 13])
def test_rejected_text_of_shifted_cells_keeps_nothing_private(tmp_path: Path, cells: int) -> None:
    names = ["id", "output", "model", "version", "status", "created_at", "hardware", "account",
             "tags.team", "predict_time", "metrics.own"]  # fmt: skip
    words = [f"private{number} cat" if number % 2 else f"private{number}" for number in range(13)]
    path = tmp_path / "shifted.csv"
    path.write_text(f"{','.join(names)}\n{'a' * 26},{','.join(words[: cells - 1])}\n")

    with open_source(path) as source:
        [(_, row)] = rows(source)

    assert isinstance(row, Rejected)
    assert "a" * 26 in row.raw
    assert "private" not in row.raw
    assert not row.is_retriable


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        yield database


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(
    st.fixed_dictionaries(
        {
            "created_at": INSTANTS | st.none(),
            "started_at": INSTANTS | st.none(),
            "completed_at": INSTANTS,
            "metrics": st.dictionaries(st.text(), DECIMALS, max_size=3),
            "tags": st.dictionaries(PLAIN_TEXTS, PLAIN_TEXTS, max_size=3),
        }
    )
)
def test_row_survives_the_way_into_the_database(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, changes: dict[str, object]
) -> None:
    row = read_row(make_record(**changes), line=7)
    assert isinstance(row, StageRow)
    path = tmp_path / "staged.jsonl"
    path.write_bytes(row.to_json())

    loaded = connection.execute(LOAD, {"path": str(path)}).fetchone()

    assert loaded is not None
    created_at, *others = loaded
    assert created_at == (row.created_at and row.created_at.replace(tzinfo=None))
    assert others == [row.quantities, row.tags]


LOAD = """
    select
        cast(created_at as timestamp),
        cast(quantities as map(varchar, decimal(18, 9))),
        tags
    from read_json(
        $path,
        format = 'newline_delimited',
        columns = {
            created_at: 'VARCHAR',
            quantities: 'MAP(VARCHAR, VARCHAR)', tags: 'MAP(VARCHAR, VARCHAR)'
        }
    )
"""
