"""Sources: recognised by content, bounded in memory, and clear about what cannot be read."""

import errno
import gzip
import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from costing.errors import exit_code_of
from costing.failure import failure_of
from costing.ingest.compression import Compression
from costing.ingest.error import (
    RequestFailed,
    SourceDamaged,
    SourceEncoding,
    SourceFailed,
    SourceForbidden,
    SourceIsFolder,
    SourceMissing,
    SourceTruncated,
    SourceUnreadable,
    SourceUnrecognised,
    SpoolFull,
    source_error,
    spool_error,
)
from costing.ingest.source import lines_at, open_source, parse_line, rows
from costing.ingest.stage_row import Rejected, StageRow
from tests.ingest.example import ids, make_record, read_file, record_bytes, write_file

RECORDS = [make_record(id=name) for name in ("a", "b", "c")]
LINES = b"".join(json.dumps(record).encode() + b"\n" for record in RECORDS)
PAGE = {"next": None, "previous": None, "results": RECORDS}

# RFC 8878, section 3.1.2: what a reader of zstd must skip; pzstd begins its files with one.
SKIPPABLE = b"\x5a\x2a\x4d\x18\x04\x00\x00\x00skip"


def pretty(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


CONTENTS = {
    "json_lines": (LINES, "json_lines"),
    "json_lines_without_last_break": (LINES.rstrip(), "json_lines"),
    "json_lines_crlf": (LINES.replace(b"\n", b"\r\n"), "json_lines"),
    "json_lines_with_mark": (b"\xef\xbb\xbf" + LINES, "json_lines"),
    "json_lines_after_blank_lines": (b"\n \n" + LINES, "json_lines"),
    "array": (json.dumps(RECORDS).encode(), "json_array"),
    "array_pretty": (pretty(RECORDS), "json_array"),
    "array_with_mark": (b"\xef\xbb\xbf" + pretty(RECORDS), "json_array"),
    "page": (json.dumps(PAGE).encode(), "api_page"),
    "page_pretty": (pretty(PAGE), "api_page"),
    "page_results_first": (pretty({"results": RECORDS, "next": None}), "api_page"),
    "pages_in_a_row": (
        pretty({"results": RECORDS[:1]}) + b"\n" + json.dumps({"results": RECORDS[1:]}).encode(),
        "api_page",
    ),
    "records_pretty": (b"\n".join(map(pretty, RECORDS)), "json_document"),
    "gzip": (gzip.compress(LINES), "json_lines"),
    "gzip_members": (gzip.compress(LINES[:700]) + gzip.compress(LINES[700:]), "json_lines"),
    "zstd": (zstandard.compress(LINES), "json_lines"),
    "zstd_frames": (
        zstandard.compress(LINES[:700]) + zstandard.compress(LINES[700:]),
        "json_lines",
    ),
    "zstd_skippable_frames": (
        SKIPPABLE
        + zstandard.compress(LINES[:700])
        + SKIPPABLE
        + zstandard.compress(LINES[700:])
        + SKIPPABLE,
        "json_lines",
    ),
    "gzip_members_of_pages": (
        gzip.compress(json.dumps({"results": RECORDS[:2]}).encode())
        + gzip.compress(json.dumps({"results": RECORDS[2:]}).encode()),
        "api_page",
    ),
    "zstd_array": (zstandard.compress(pretty(RECORDS)), "json_array"),
}


@pytest.mark.parametrize(("content", "format_name"), CONTENTS.values(), ids=CONTENTS)
def test_source_is_recognised_by_content(tmp_path: Path, content: bytes, format_name: str) -> None:
    path = write_file(tmp_path, content, "misleading.csv")
    with open_source(path) as source:
        assert source.format.name == format_name
    assert ids(path) == ["a", "b", "c"]


def test_source_one_pretty_record_is_read(tmp_path: Path) -> None:
    assert ids(write_file(tmp_path, pretty(RECORDS[0]))) == ["a"]


def test_source_page_without_results_is_empty(tmp_path: Path) -> None:
    assert ids(write_file(tmp_path, b'{"next":null,"results":[]}')) == []


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_source_empty_has_no_rows_and_says_so(tmp_path: Path, content: bytes) -> None:
    with open_source(write_file(tmp_path, content)) as source:
        assert source.note == "the file is empty"
        assert list(rows(source)) == []


UNREADABLE = {
    "truncated_gzip": (gzip.compress(LINES * 50)[:-20], SourceTruncated),
    "truncated_zstd": (zstandard.compress(LINES * 50)[:-9], SourceTruncated),
    "second_member_cut": ((gzip.compress(LINES) * 2)[:-20], SourceTruncated),
    "second_frame_cut": ((zstandard.compress(LINES) * 2)[:-9], SourceTruncated),
    "skippable_frame_cut": ((zstandard.compress(LINES) + SKIPPABLE)[:-2], SourceTruncated),
    "gzip_of_ten_bytes": (gzip.compress(LINES)[:10], SourceTruncated),
    "damaged_gzip": (gzip.compress(LINES)[:-8] + b"12345678", SourceDamaged),
    "damaged_zstd": (zstandard.compress(LINES)[:4] + b"\xff" * 300, SourceDamaged),
    "binary": (bytes(range(256)) * 10, SourceUnrecognised),
    "elf": (b"\x7fELF\x02\x01\x01\x00" * 20, SourceUnrecognised),
    "other_text": (b"dear diary,\nnothing happened\n", SourceUnrecognised),
    "csv_header_with_stray_return": (b"id,\rx\n", SourceUnrecognised),
    "csv_without_id": (b"name,status\na,b\n", SourceUnrecognised),
    "utf_16": (LINES.decode().encode("utf-16"), SourceEncoding),
    "utf_32": (LINES.decode().encode("utf-32"), SourceEncoding),
    "array_cut": (json.dumps(RECORDS).encode()[:-300], SourceDamaged),
    "binary_with_a_brace": (b"\x00\x01\n{" + bytes(range(256)) * 10, SourceUnrecognised),
    "zeros": (bytes(5000), SourceUnrecognised),
    "array_of_zeros": (b"[" + bytes(5000), SourceUnrecognised),
    "array_with_wrong_brackets": (b'[{"id":[}, {"id":"b"}]', SourceDamaged),
    "array_closed_twice": (b'[{"id":"a"}]]', SourceDamaged),
    "page_listing_results_twice": (b'{"results":[],"results":[{"id":"a"}]}', SourceDamaged),
    "page_then_an_object": (b'{"results":[]}\n{"id":"a"}', SourceDamaged),
    "page_then_a_failure": (b'{"results":[]}\n{"detail":"Not found."}', RequestFailed),
    "failure": (b'{"title":"Unauthenticated","detail":"No token","status":401}', RequestFailed),
    "failure_pretty": (b'{\n  "detail": "Not found."\n}\n', RequestFailed),
    "text_between_documents": (pretty(RECORDS[0]) + b",\n" + pretty(RECORDS[1]), SourceDamaged),
    "array_with_more_behind": (b'[{"id":"a"}] x', SourceDamaged),
    "page_cut": (pretty(PAGE)[:-300], SourceDamaged),
    "document_cut": (pretty(RECORDS[0])[:-30], SourceDamaged),
    "csv_with_open_quote": (b'id,status\na,"b\nc,d\n', SourceDamaged),
    "parquet_cut": (b"PAR1 and nothing more", SourceDamaged),
    "parquet_packed": (gzip.compress(b"PAR1"), SourceDamaged),
}


@pytest.mark.parametrize(("content", "kind"), UNREADABLE.values(), ids=UNREADABLE)
def test_source_unreadable_raises_and_says_what_to_do(
    tmp_path: Path, content: bytes, kind: type[SourceUnreadable]
) -> None:
    path = write_file(tmp_path, content)
    with pytest.raises(kind) as caught:
        read_file(path)
    assert caught.value.where.startswith(str(path))
    assert caught.value.help
    assert exit_code_of(kind) == 3


def test_source_broken_array_tells_where_without_quoting(tmp_path: Path) -> None:
    text = json.dumps(RECORDS).encode()[:-1] + b', {"input": "secret words" ?]'
    with pytest.raises(SourceDamaged) as caught:
        read_file(write_file(tmp_path, text))
    assert "after row 3" in caught.value.where
    assert "secret" not in caught.value.what


def test_source_missing_and_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing), open_source(tmp_path / "none.jsonl"):
        pass
    with pytest.raises(SourceIsFolder), open_source(tmp_path):
        pass
    with pytest.raises(SourceMissing), open_source(write_file(tmp_path, b"") / "below.jsonl"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_source_without_permission_is_told(tmp_path: Path) -> None:
    path = write_file(tmp_path, LINES)
    path.chmod(0)
    with pytest.raises(SourceForbidden), open_source(path):
        pass


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, SourceForbidden),
        (errno.EPERM, SourceForbidden),
        (errno.ENOENT, SourceMissing),
        (errno.EISDIR, SourceIsFolder),
        (errno.EIO, SourceFailed),
    ],
)
def test_source_failure_of_the_system_has_its_class(
    number: int, kind: type[SourceUnreadable]
) -> None:
    error = source_error("a", OSError(number, os.strerror(number)))
    assert type(error) is kind


def test_source_full_disk_while_spooling_is_told() -> None:
    assert type(spool_error("-", "tmp", OSError(errno.ENOSPC, "full"))) is SpoolFull
    assert type(spool_error("-", "tmp", OSError(errno.EIO, "broken"))) is SourceFailed


@pytest.mark.parametrize("path", [None, Path("-")])
def test_source_stream_is_spooled_and_removed(tmp_path: Path, path: Path | None) -> None:
    stream = io.BytesIO(gzip.compress(LINES))
    with open_source(path, stdin=stream, spool_folder=tmp_path) as source:
        assert source.name == "-"
        assert source.compression is Compression.GZIP
        assert len(list(rows(source))) == 3
        assert list(tmp_path.iterdir()) == []


def test_source_spool_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceUnreadable),
        open_source(None, stdin=io.BytesIO(LINES), spool_folder=tmp_path / "none"),
    ):
        pass


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the system names no open files")
def test_source_pipe_with_a_name_is_spooled(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, LINES)
    os.close(writer)
    with open_source(Path(f"/dev/fd/{reader}"), spool_folder=tmp_path) as source:
        assert len(list(rows(source))) == 3
    os.close(reader)


def test_json_lines_damaged_line_costs_only_itself(tmp_path: Path) -> None:
    first, second, third = LINES.splitlines(keepends=True)
    path = write_file(tmp_path, first + b"\n" + second[:50] + b"\n" + b"not json\n[1]\n" + third)
    found = read_file(path)
    assert [line for line, _ in found] == [1, 3, 4, 5, 6]
    kinds = [type(row) for _, row in found]
    assert kinds == [StageRow, Rejected, Rejected, Rejected, StageRow]
    assert all(row.line == line for line, row in found)


@pytest.mark.parametrize(
    "first",
    [
        b"not json",
        b'{"id":"x","sta',
        b'{"id":"x","metrics":',
        b'{"id":"x","metrics":{"predict_time":',
        b'{"id":"x","output":["',
        b'{"id":"x",',
        b'{"id":"x"},',
        b'{"id": 1e99999999999999999999}',
        b'{"id":"x"} {"id":"y"}',
    ],
)
def test_json_lines_damaged_first_line_is_a_row(tmp_path: Path, first: bytes) -> None:
    found = ids(write_file(tmp_path, first + b"\n" + LINES))
    assert found[0].startswith("!")
    assert found[1:] == ["a", "b", "c"]


@pytest.mark.parametrize("text", [b'{"id":"x","sta', b'{"id":"x","metrics":\n', b'{"id":\n \n'])
def test_json_lines_only_a_damaged_line_is_a_row(tmp_path: Path, text: bytes) -> None:
    assert len(ids(write_file(tmp_path, text))) == 1


def test_json_lines_long_line_is_rejected_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(LINES)
        file.write(b'{"id":"ufawqhfynnddngldkgtslldrkq","input":{"prompt":"')
        for _ in range(100):
            file.write(b"secret words " * 80_000)
        file.write(b'"}}\n')
        file.write(LINES)
    tracemalloc.start()
    found = read_file(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    long = found[3][1]
    assert isinstance(long, Rejected)
    assert long.reason == "longer than 16777216 bytes"
    assert long.raw.startswith('{"id":"ufawqhfynnddngldkgtslldrkq" … (')
    assert "secret" not in long.raw
    assert [line for line, _ in found] == [1, 2, 3, 4, 5, 6, 7]
    assert peak_bytes < 60_000_000


def test_array_long_element_is_rejected_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    with path.open("wb") as file:
        file.write(b"[" + record_bytes(id="a"))
        file.write(b',{"id":"ufawqhfynnddngldkgtslldrkq","input":{"prompt":"')
        for _ in range(100):
            file.write(b"secret words " * 80_000)
        file.write(b'"}},' + record_bytes(id="b") + b"]")

    tracemalloc.start()
    found = read_file(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [line for line, _ in found] == [1, 2, 3]
    long = found[1][1]
    assert isinstance(long, Rejected)
    assert long.reason == "longer than 16777216 bytes"
    assert long.raw.startswith('{"id":"ufawqhfynnddngldkgtslldrkq" … (')
    assert "secret" not in long.raw
    assert peak_bytes < 80_000_000


@pytest.mark.parametrize("content", [b"[]", b" [ ]\n", b"[][]"])
def test_array_without_elements_is_empty(tmp_path: Path, content: bytes) -> None:
    assert ids(write_file(tmp_path, content)) == []


def test_array_damaged_element_costs_only_itself(tmp_path: Path) -> None:
    good = record_bytes(id="good")
    damaged = [b"{id: 1}", b"?", b"", b"\xe9", good + b" x", good + good, b'"id" : 1']
    text = b"[" + b",".join([good, *damaged, good]) + b"]"
    assert [name.partition(" ")[0] for name in ids(write_file(tmp_path, text))] == [
        "good",
        *["!not"] * len(damaged),
        "good",
    ]


def test_document_damaged_record_costs_only_itself(tmp_path: Path) -> None:
    first, second, third = map(pretty, RECORDS)
    text = b"\n".join([first, second.replace(b",\n", b"\n", 1), third])
    assert ids(write_file(tmp_path, text)) == [
        "a",
        "!not JSON: Expecting ',' delimiter (character 17)",
        "c",
    ]


def test_failed_request_is_told_in_its_own_words_within_bounds(tmp_path: Path) -> None:
    answer = {"title": "Un\x1b[2Jauthenticated", "detail": "No token. " * 100, "status": 401}
    with pytest.raises(RequestFailed) as caught:
        read_file(write_file(tmp_path, json.dumps(answer).encode()))
    assert "failed request: Un [2Jauthenticated: No token. No" in caught.value.what
    assert len(caught.value.what) < 400


def test_source_name_is_told_without_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "clear\x1b[2J\nscreen.json"
    path.write_bytes(b"[")
    with pytest.raises(SourceDamaged) as caught:
        read_file(path)
    told = str(failure_of(caught.value))
    assert "clear\\x1b[2J\\nscreen.json" in told
    assert all(line.isprintable() for line in told.split("\n"))


def test_array_elements_that_are_no_records_are_rejected(tmp_path: Path) -> None:
    assert ids(write_file(tmp_path, b'[5, null, "x", [], {}]')) == [
        *["!not a JSON object"] * 4,
        "!id is missing",
    ]


def test_array_of_equal_keys_the_first_counts(tmp_path: Path) -> None:
    element = b'{"id":"first",' + record_bytes()[1:]
    assert ids(write_file(tmp_path, b"[" + element + b"]")) == ["first"]


def test_lines_at_gives_the_lines_that_are_rows(tmp_path: Path) -> None:
    path = write_file(tmp_path, b"\n" + LINES.replace(b"\n", b"\n\n \t\n", 1) + b"tail")
    with open_source(path) as source:
        found = list(lines_at(source, [2, 4]))
    assert [(ordinal, line) for ordinal, line, _ in found] == [(2, 5), (4, 7)]
    assert found[1][2] == b"tail"
    row = parse_line(found[0][2], line=5)
    assert isinstance(row, StageRow)
    assert (row.id, row.line) == ("b", 5)
