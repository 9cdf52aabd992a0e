"""Lines: bounded, and counted as DuckDB's reader counts them."""

import io
import json

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.ingest import line as line_module
from costing.ingest.line import bounded_lines, find_lines, is_cut

BLANKS = [b"", b" ", b"\t", b"\v", b"\f", b"\r", b" \r\t "]
TEXTS = [b'{"id":"a"}', b"not json", b"[1]", b" {} ", b"\x00", b"\xc2\xa0", b"null"]


def test_bounded_lines_cuts_long_ones_and_reads_on() -> None:
    lines = list(bounded_lines(io.BytesIO(b"ab\n" + b"x" * 100 + b"\ncd\n" + b"y" * 100), 5))
    assert lines == [b"ab\n", b"x" * 6, b"cd\n", b"y" * 6]
    assert [is_cut(line, 5) for line in lines] == [False, True, False, True]


def test_bounded_lines_of_exactly_the_bound_are_whole() -> None:
    lines = list(bounded_lines(io.BytesIO(b"12345\n123456\n12345"), 5))
    assert [is_cut(line, 5) for line in lines] == [False, True, False]
    assert lines[2] == b"12345"


@given(st.lists(st.sampled_from(BLANKS + TEXTS)), st.booleans(), st.integers(1, 40))
def test_find_lines_agrees_with_counting_one_by_one(
    lines: list[bytes], has_last_break: bool, block_bytes: int
) -> None:
    content = b"\n".join(lines) + (b"\n" if has_last_break else b"")
    numbered = enumerate(content.split(b"\n"), start=1)
    rows = [(number, line) for number, line in numbered if line.strip()]
    expected = [(ordinal, *row) for ordinal, row in enumerate(rows, start=1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_module, "_BLOCK_BYTES", block_bytes)
        found = list(find_lines(io.BytesIO(content), range(1, len(rows) + 3)))
        every_second = list(find_lines(io.BytesIO(content), range(2, len(rows) + 3, 2)))
    assert found == expected
    assert every_second == expected[1::2]


def test_find_lines_cuts_a_long_line_and_counts_on() -> None:
    content = b"a\n" + b"x" * 5_000_000 + b"\nb\n"
    found = list(find_lines(io.BytesIO(content), [2, 3], max_line_bytes=1000))
    assert [(ordinal, number) for ordinal, number, _ in found] == [(2, 2), (3, 3)]
    assert 1000 < len(found[0][2]) < 3_000_000
    assert found[1][2] == b"b"


@pytest.mark.parametrize("blank", BLANKS, ids=repr)
def test_blank_line_is_what_duckdb_skips(
    tmp_path_factory: pytest.TempPathFactory, blank: bytes
) -> None:
    path = tmp_path_factory.mktemp("blank") / "lines.jsonl"
    path.write_bytes(b'{"id":"a"}\n' + blank + b'\nnot json\n{"id":"b"}\n')
    with duckdb.connect() as connection:
        read = connection.execute(
            "select id from read_json($path, format = 'newline_delimited',"
            " columns = {id: 'VARCHAR'}, ignore_errors = true)",
            {"path": str(path)},
        ).fetchall()
    with path.open("rb") as stream:
        found = [line for _, _, line in find_lines(stream, range(1, 10))]
    assert len(found) == len(read) == 3
    assert json.loads(found[2])["id"] == read[2][0] == "b"
