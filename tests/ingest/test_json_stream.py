"""Records within one JSON text mean what the same texts mean as JSON lines."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costing.ingest.formats.json_stream import Holder, NoResults, cut_elements, cut_results
from costing.ingest.formats.json_text import BrokenJson, CutJson
from costing.ingest.source import open_source, rows
from costing.ingest.stage_row import Rejected, StageRow
from tests.ingest.example import make_record, write_file

NASTY = st.text() | st.sampled_from(['"', "\\", '\\"', "]", "}", "[{,", "\ud800", "a\u2028b", "é"])
NUMBERS = st.integers() | st.sampled_from([0.1, 1e300, float("nan"), float("-inf"), 10**30])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | NASTY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted([*make_record(), "hardware", "tags", "account", "kind", "x"]))
RECORDS = st.dictionaries(FIELDS, VALUES, max_size=2).map(lambda drawn: make_record(**drawn))
TEXTS = (RECORDS | VALUES).map(json.dumps) | st.sampled_from(
    [
        '{"id":"a","id":"b","status":"s","created_at":"2025-11-01T00:00:00Z"}',
        '{"id":"a","status":"s","created_at":"2025-11-01T00:00:00Z","x":1e99999999999999999999}',
        '{"id":"a","status":"s","created_at":"2025-11-01T00:00:00Z","x":"é\u2028"}',
        '{"id":"a","metrics":{"predict_time":1.23456789012345678901234567890}}',
        "{id: 1}",
        "{} {}",
        "nul",
        "-",
    ]
)
SPACE = st.text(" \t\r\n", max_size=3)


def read(folder: Path, content: bytes) -> list[StageRow | Rejected]:
    """The rows of a file but for their lines."""
    with open_source(write_file(folder, content)) as source:
        return [replace(row, line=0) for _, row in rows(source)]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(SPACE, min_size=2, max_size=4))
def test_array_and_page_mean_what_the_lines_mean(
    tmp_path: Path, texts: list[str], spaces: list[str]
) -> None:
    before, after = spaces[0], spaces[1]
    # A record of JSON lines at the front and at the end, so that a file of lines is told as such.
    texts = [json.dumps(make_record()), *texts, json.dumps(make_record(id="last"))]
    joined = ",".join(f"{before}{text}{after}" for text in texts)
    page = f'{before}{{"next"{after}:null,"x":["]",{{"results":[1]}}],"results":{after}[{joined}]}}'

    lines = read(tmp_path, "\n".join(texts).encode())

    assert len(lines) == len(texts)
    assert read(tmp_path, f"{before}[{joined}]{after}".encode()) == lines
    assert read(tmp_path, f'{page[:-1]},"previous":"]"}}{after}'.encode()) == lines


@pytest.mark.parametrize(
    "value",
    ["[" * 50_000 + "]" * 50_000, '{"a":' * 50_000 + "1" + "}" * 50_000, "7" * 50_000],
    ids=["deep_list", "deep_object", "long_number"],
)
def test_array_element_beyond_all_measure_is_a_row(tmp_path: Path, value: str) -> None:
    text = json.dumps(make_record())[:-1] + f',"metrics":{value}}}'
    good = json.dumps(make_record())

    lines = read(tmp_path, "\n".join([good, text, good]).encode())

    assert len(lines) == 3
    assert read(tmp_path, f"[{good},\n{text},\n{good}]".encode()) == lines
    assert read(tmp_path, f'{{"results":[{good},{text},{good}]}}'.encode()) == lines


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 7])
@given(st.lists(VALUES | TEXTS, max_size=5), st.integers(min_value=1, max_value=60))
def test_pieces_of_a_stream_change_nothing(
    piece_bytes: int, drawn: list[object], max_bytes: int
) -> None:
    content = json.dumps(drawn, indent=1).encode()

    class Pieces(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(piece_bytes)

    whole = list(cut_elements(io.BytesIO(content), Holder.ARRAY, max_bytes=10**9))
    cut = list(cut_elements(Pieces(content), Holder.ARRAY, max_bytes=max_bytes))

    assert [json.dumps(json.loads(one)) for one in whole] == [json.dumps(one) for one in drawn]
    assert len(cut) == len(whole)
    for part, element in zip(cut, whole, strict=True):
        bound = max_bytes + 1
        expected = element if len(element) < bound else element[:bound].rstrip(b"\r\n").ljust(bound)
        assert part.rstrip() == expected.rstrip()


@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
def test_array_that_is_cut_anywhere_is_broken(drawn: list[object], data: st.DataObject) -> None:
    content = json.dumps(drawn).encode()
    end = data.draw(st.integers(1, len(content) - 1))

    with pytest.raises(CutJson):
        list(cut_elements(io.BytesIO(content[:end]), Holder.ARRAY))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"results": [1', "ends too early"),
        (b'{"results": []} {}', "more text behind the page"),
        (b'{"results": [], "results": []}', "lists results twice"),
        (b'{"results" []}', "`:` was expected"),
        (b'{"results": [1] 2}', "`,` was expected"),
        (b"[1]", "`{` was expected"),
        (b'{"results": [}', "a value was expected"),
        (b'{"x": }', "a value was expected"),
        (b'{"results": [{]}', "brackets do not match"),
    ],
)
def test_page_that_is_broken_says_how(content: bytes, reason: str) -> None:
    with pytest.raises(BrokenJson, match=re.escape(reason)):
        cut_results(content)


def test_page_in_memory_gives_its_results() -> None:
    content = b' {"previous": null, "results": [ {"a": "]"} , 2 ], "n\\u0065xt": "https://x/?b"} '

    assert cut_results(content) == (b'{"a": "]"}', b"2")


def test_page_without_results_tells_what_was_said() -> None:
    with pytest.raises(NoResults) as caught:
        cut_results(b'{"title": "Unauthenticated", "detail": "No token", "status": 401}')

    assert caught.value.told == {"title": "Unauthenticated", "detail": "No token"}
