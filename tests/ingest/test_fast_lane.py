"""The fast lane may only save time: what it calls clean it reads as the definition does."""

from __future__ import annotations

import json
from string import ascii_lowercase
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costing.ingest.ingestion import ingest_source
from costing.ingest.source import open_source
from costing.ingest.staging import StageOptions, stage_source
from costing.ledger.connection import scratch
from tests.ingest.records import VERSIONS, life, record_id

if TYPE_CHECKING:
    from pathlib import Path

times = st.one_of(
    st.none(),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.from_regex(
        r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,9})?Z",
        fullmatch=True,
    ),
    st.sampled_from(["", "yesterday", "2026-10-01", "2026-10-01T00:00:00+02:00"]),
)
numbers = st.one_of(
    st.integers(-5, 10**10),
    st.decimals(-10, 10**7, places=9).map(float),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2e-06, 0.1, 125.368277959, 1e300, -3.5]),
)
metrics = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(
            [
                "predict_time",
                "total_time",
                "image_count",
                "token_output_count",
                "with_audio",
                "Other",
            ]
        ),
        st.one_of(numbers, st.booleans(), st.text(max_size=5), st.none()),
        max_size=5,
    ),
    st.just([1]),
)
texts = st.one_of(st.none(), st.sampled_from(["acme/model", "cpu", "gpu-t4", "T4", "x", "", "{}"]))
oddities: dict[str, st.SearchStrategy[object]] = {
    "id": st.sampled_from(["", "x", 7, None, "1" * 26]),
    "status": st.sampled_from(["failed", "starting", "exploded", None, ""]),
    "created_at": times,
    "started_at": times,
    "completed_at": times,
    "model": st.one_of(texts, st.just("acme/other-model")),
    "version": st.one_of(st.sampled_from(VERSIONS), texts, st.just(int("1" * 64))),
    "deployment": texts,
    "hardware": texts,
    "source": st.sampled_from(["api", "web", None, "mars"]),
    "metrics": metrics,
    "error": st.sampled_from([None, "", "boom", {}, {"detail": "x"}, [], False]),
    "data_removed": st.sampled_from([None, True, False, "true", 1]),
    "input": st.sampled_from([None, {}, {"duration": 5}, {"prompt": "hello"}, "text"]),
    "tags": st.sampled_from([None, {}, {"team": "search"}, {"n": 1}, [1]]),
    "urls": st.sampled_from([None, {}, {"get": "https://api/v1/trainings/x"}, {"get": 1}]),
    "account": st.sampled_from([None, "acme"]),
    "kind": st.sampled_from([None, "training", "prediction", "other"]),
}
odd_changes = st.sets(st.sampled_from(sorted(oddities)), max_size=2).flatmap(
    lambda names: st.fixed_dictionaries({name: oddities[name] for name in sorted(names)})
)
records = st.builds(
    lambda number, seconds, changes: {**life(number, seconds, "succeeded")[2], **changes},
    st.integers(0, 30),
    st.integers(0, 10**6),
    odd_changes,
)
BEGIN = '{"id":"%s","status":"succeeded","created_at":"2026-10-01T00:00:00Z","version":"hidden",'
MANY = ",".join(f'"{one}{other}":1' for one in ascii_lowercase for other in "abcdefgh")
RAW_LINES = {
    "twice": BEGIN + '"model":"a/b","metrics":{"predict_time":1,"predict_time":2}}',
    "another twice": BEGIN + '"model":"a/b","metrics":{"predict_time":1,"own":2,"own":3}}',
    "hour 24": '{"id":"%s","status":"succeeded","created_at":"2026-10-01T24:00:00Z","metrics":{}}',
    "two ids": '{"id":"%s","id":"other","status":"succeeded","created_at":"2026-10-01T00:00:00Z"}',
    "decimals": BEGIN + '"model":"a/b","metrics":{"predict_time":10.0000000001,"image_count":1e2}}',
    "long model": BEGIN + f'"model":"a/{"b" * 255}","metrics":{{}}}}',
    "long deployment": BEGIN + f'"model":"a/b","deployment":"a/{"b" * 255}","metrics":{{}}}}',
    "long metric": BEGIN + f'"model":"a/b","metrics":{{"{"a" * 129}":1}}}}',
    "too many metrics": BEGIN + f'"model":"a/b","metrics":{{{MANY}}}}}',
    "odd address": BEGIN + '"model":"a/b","metrics":{},"urls":{"get":["/trainings/"]}}',
}

STAGED = """
select id, subject_key, status, source, created_at, started_at, completed_at, charged_at,
    predict_seconds, total_seconds, quantities, other_metrics, tags, has_error, data_removed,
    is_rounded
from stage order by all
"""


def staged(path: Path, spool: Path, options: StageOptions) -> tuple[object, object]:
    """What a file becomes: staged rows and rejected rows."""
    with scratch(spool, memory_limit="200MB") as connection, open_source(path) as source:
        stage_source(connection, source, spool, options)
        refused = connection.execute(
            "select line, raw, reason, field from rejected_row order by all"
        )
        return connection.execute(STAGED).fetchall(), refused.fetchall()


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(records, min_size=1, max_size=8))
def test_both_lanes_read_alike(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, object]]
) -> None:
    folder = tmp_path_factory.mktemp("lanes")
    path = folder / "records.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in drawn))
    marked = folder / "marked.jsonl"
    marked.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    fast = staged(path, folder / "fast", StageOptions())
    careful = staged(marked, folder / "careful", StageOptions())

    assert fast == careful


@pytest.mark.parametrize("line", RAW_LINES.values(), ids=RAW_LINES)
def test_both_lanes_read_an_odd_text_alike(tmp_path: Path, line: str) -> None:
    path, marked = tmp_path / "records.jsonl", tmp_path / "marked.jsonl"
    path.write_text(line % record_id(1) + "\n")
    marked.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    fast = staged(path, tmp_path / "fast", StageOptions())

    assert fast == staged(marked, tmp_path / "careful", StageOptions())


def test_a_metric_named_twice_sends_only_its_own_line_to_the_definition(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    clean = json.dumps(life(1, 10, "succeeded")[2])
    path.write_text(f"{clean}\n{RAW_LINES['another twice'] % record_id(2)}\n")

    with (
        scratch(tmp_path / "spool", memory_limit="200MB") as connection,
        open_source(path) as source,
    ):
        stage_source(connection, source, tmp_path / "spool", StageOptions())

        lines = connection.execute("select is_clean from clean_line order by rowid").fetchall()
    assert lines == [(True,), (False,)]


@pytest.mark.parametrize(
    "rest",
    ["," + '"output":nan', ",", ',"output":' + "[" * 3000 + "]" * 3000],
    ids=["nan", "comma", "deep"],
)
def test_a_line_that_only_duckdb_reads_is_rejected_where_it_is_seen(
    tmp_path: Path, rest: str
) -> None:
    from tests.ingest.taking import held, options

    path = tmp_path / "records.jsonl"
    odd = json.dumps(life(1, 10, "succeeded")[2])[:-1] + rest + "}"
    path.write_text("\n".join([odd, json.dumps(life(2, 10, "succeeded")[2]), "{}"]) + "\n")

    summary = ingest_source(path, options(tmp_path))

    assert (summary.rows, summary.taken, summary.rejected) == (3, 1, 2)
    assert [row[0] for row in held(tmp_path)] == [record_id(2)]


def test_clean_lines_take_the_fast_lane(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(life(one, 10, "succeeded")[2]) + "\n" for one in range(30)))

    with (
        scratch(tmp_path / "spool", memory_limit="200MB") as connection,
        open_source(path) as source,
    ):
        stage_source(connection, source, tmp_path / "spool", StageOptions())

        assert connection.execute("select count(*) from clean_line where is_clean").fetchone() == (
            30,
        )


def test_a_name_with_pattern_characters_is_a_name(tmp_path: Path) -> None:
    from tests.ingest.taking import options

    home = tmp_path / "a[b]*c"
    home.mkdir()
    path = home / "[x]*?.jsonl"
    path.write_text(json.dumps(life(1, 10, "succeeded")[2]) + "\n")
    (home / "x.jsonl").write_text("not a record\n")

    summary = ingest_source(path, options(home))

    assert (summary.rows, summary.taken) == (1, 1)
