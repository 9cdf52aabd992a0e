"""How one record is read: every anomaly that real records have, and every refusal."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from costing.ingest.stage_row import Rejection, StageRow
from tests.ingest.example import make_record, read, read_rejection, read_row, record_bytes

COMPLETED_AT = datetime(2025, 11, 1, 0, 0, 6, 671314, UTC)


def with_metrics(text: str) -> bytes:
    """A record whose metrics are exactly this JSON text."""
    return record_bytes(metrics="HERE").replace(b'"HERE"', text.encode())


def row_of(text: bytes) -> StageRow:
    row = read(text)
    assert isinstance(row, StageRow), row
    return row


def refusal_of(text: bytes) -> Rejection:
    row = read(text)
    assert isinstance(row, Rejection), row
    return row


def test_record_plain_is_read_exactly() -> None:
    row = read_row()
    assert row.predict_seconds == Decimal("5.219638328")
    assert row.total_seconds == Decimal("6.671314")
    assert row.completed_at == COMPLETED_AT
    assert (row.kind, row.account, row.deployment, row.hardware) == ("prediction", "", "", "")
    assert (row.selectors, row.quantities, row.other_metrics) == ("{}", {}, None)
    assert (row.has_error, row.data_removed, row.is_rounded) == (False, True, False)


ANOMALIES = {
    "started_before_created": {"started_at": "2025-10-31T23:59:59Z"},
    "completed_before_started_without_predict_time": {
        "completed_at": "2025-11-01T00:00:00Z",
        "metrics": {"total_time": 1},
    },
    "no_predict_time": {"metrics": {"total_time": 1.5}},
    "negative_total_time": {"metrics": {"predict_time": 1, "total_time": -0.5}},
    "started_null": {"started_at": None},
    "succeeded_and_completed_null": {"completed_at": None},
    "succeeded_with_error": {"error": "CUDA out of memory"},
    "error_empty": {"error": ""},
    "failed_with_predict_time": {"status": "failed", "error": "boom"},
    "data_removed": {"data_removed": True, "input": {}, "output": None},
    "no_fraction": {"created_at": "2025-11-01T00:00:00Z"},
    "metrics_empty": {"metrics": {}},
    "metrics_null": {"metrics": None},
    "predict_time_negative": {"metrics": {"predict_time": -3}},
    "predict_time_null": {"metrics": {"predict_time": None}},
    "status_unknown": {"status": "paused"},
    "version_hidden": {"version": "hidden"},
    "model_null": {"model": None},
    "version_internal": {"version": "dp-1234"},
    "times_are_empty_text": {"created_at": "", "started_at": ""},
    "input_is_no_object": {"input": "a cat"},
    "urls_is_no_object": {"urls": ["x"]},
    "unknown_field": {"deadline": "later", "webhook": 5},
}


@pytest.mark.parametrize("changes", ANOMALIES.values(), ids=ANOMALIES)
def test_record_odd_but_usable_is_taken(changes: dict[str, object]) -> None:
    assert isinstance(read(record_bytes(**changes)), StageRow)


REFUSALS = {
    "id_missing": ({"id": None}, "id", "id must be text"),
    "id_empty": ({"id": ""}, "id", "id is empty"),
    "id_number": ({"id": 5}, "id", "id must be text"),
    "id_long": ({"id": "x" * 129}, "id", "id is longer than 128 characters"),
    "id_control": ({"id": "a\nb"}, "id", "id holds control characters"),
    "status_missing": ({"status": None}, "status", "status must be text"),
    "status_empty": ({"status": ""}, "status", "status is empty"),
    "model_number": ({"model": 1}, "model", "model must be text"),
    "model_control": ({"model": "\x1b[2J"}, "model", "model holds control characters"),
    "hardware_object": ({"hardware": {}}, "hardware", "hardware must be text"),
    "kind_unknown": ({"kind": "x"}, "kind", "kind must be prediction or training"),
    "data_removed_text": (
        {"data_removed": "true"},
        "data_removed",
        "data_removed must be true or false",
    ),
    "metrics_list": ({"metrics": [1]}, "metrics", "metrics must be an object"),
    "predict_time_text": (
        {"metrics": {"predict_time": "5"}},
        "metrics.predict_time",
        "metrics.predict_time must be a number",
    ),
    "predict_time_true": (
        {"metrics": {"predict_time": True}},
        "metrics.predict_time",
        "metrics.predict_time must be a number",
    ),
    "metrics_many": (
        {"metrics": {f"m{number}": 1 for number in range(201)}},
        "metrics",
        "metrics has more than 200 members",
    ),
    "tags_list": ({"tags": ["a"]}, "tags", "tags must be an object"),
    "tag_list": ({"tags": {"team": []}}, "tags.team", "tags.team must be text"),
    "tag_control": (
        {"tags": {"team": "a\tb"}},
        "tags.team",
        "tags.team holds control characters",
    ),
    "tags_many": (
        {"tags": {str(number): "" for number in range(101)}},
        "tags",
        "tags has more than 100 members",
    ),
    "no_instant": (
        {"created_at": None, "started_at": "", "completed_at": None},
        "",
        "no instant: created_at, started_at and completed_at are missing",
    ),
    "instant_number": (
        {"created_at": 1700000000},
        "created_at",
        "created_at must be an instant as text, such as 2026-10-01T12:00:00Z",
    ),
    "instant_naive": (
        {"created_at": "2025-11-01T00:00:00"},
        "created_at",
        "created_at has no offset from UTC: write Z, or an offset such as +02:00",
    ),
}


@pytest.mark.parametrize(("changes", "field", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_record_unusable_is_refused_with_field_and_reason(
    changes: dict[str, object], field: str, reason: str
) -> None:
    assert read_rejection(**changes) == Rejection(reason, field)


def test_record_without_id_is_refused() -> None:
    text = json.dumps({key: value for key, value in make_record().items() if key != "id"})
    assert refusal_of(text.encode()) == Rejection("id is missing", "id")


TIME_NUMBERS = {
    "nan": ("NaN", "is not finite"),
    "infinity": ("Infinity", "is not finite"),
    "minus_infinity": ("-Infinity", "is not finite"),
    "1e300": ("1e300", "is out of range: its size must be below 1000000000"),
    "billion": ("1000000000", "is out of range: its size must be below 1000000000"),
    "billion_by_rounding": (
        "999999999.9999999999",
        "is out of range: its size must be below 1000000000",
    ),
    "minus_billion": ("-1e9", "is out of range: its size must be below 1000000000"),
}


@pytest.mark.parametrize("name", ["predict_time", "total_time"])
@pytest.mark.parametrize(("number", "reason"), TIME_NUMBERS.values(), ids=TIME_NUMBERS)
def test_record_impossible_time_is_refused(name: str, number: str, reason: str) -> None:
    refusal = refusal_of(with_metrics(f'{{"{name}": {number}}}'))
    assert refusal == Rejection(f"metrics.{name} {reason}", f"metrics.{name}")


NUMBERS = {
    "integer": ("7", "7", False),
    "tiny": ("2e-06", "0.000002", False),
    "exponent": ("1.5E+2", "150", False),
    "nine_decimals": ("0.123456789", "0.123456789", False),
    "ten_decimals": ("0.1234567885", "0.123456789", True),
    "half_up": ("0.0000000005", "0.000000001", True),
    "half_down": ("0.00000000049", "0", True),
    "below_zero_half": ("-0.0000000005", "-0.000000001", True),
    "trailing_zeros": ("1.50000000000000", "1.5", False),
    "minus_zero": ("-0.0", "0", False),
    "zero_with_exponent": ("0e300", "0", False),
    "no_float_could": ("123456789.123456789", "123456789.123456789", False),
    "largest": ("999999999.999999999", "999999999.999999999", False),
}


@pytest.mark.parametrize(("number", "kept", "is_rounded"), NUMBERS.values(), ids=NUMBERS)
def test_record_number_is_kept_exactly_or_flagged(number: str, kept: str, is_rounded: bool) -> None:
    row = row_of(with_metrics(f'{{"predict_time": {number}}}'))
    assert row.predict_seconds == Decimal(kept)
    assert row.is_rounded is is_rounded
    assert Decimal(json.loads(row.to_json())["predict_seconds"]) == Decimal(kept)


def test_record_metrics_are_quantities_selectors_or_others() -> None:
    row = row_of(
        with_metrics(
            '{"image_count": 1, "image_output_count": 1, "predict_time_share": 0.25,'
            ' "with_audio": true, "motion_mode": "pro", "own": {"b": 2, "a": 1.50},'
            ' "huge": 1e300, "odd": NaN, "flag": false, "none": null}'
        )
    )
    assert row.quantities == {
        "image_count": 1,
        "image_output_count": 1,
        "predict_time_share": Decimal("0.25"),
    }
    assert row.selectors == '{"mode":"pro","with_audio":"true"}'
    assert row.other_metrics == ('{"flag":false,"huge":"1E+300","odd":"NaN","own":"… object of 2"}')


def test_record_other_metrics_hold_no_inputs_outputs_or_logs() -> None:
    private = {name: {"text": "a private cat"} for name in ("input", "output", "logs", "error")}
    row = read_row(
        metrics={
            **private,
            "caption": "a private cat, asleep on a private sofa and dreaming of private mice",
            "short": "private cat",
            "a private name": "x",
            "a private count": 5,
            "own": {"a private key": "pro", "private": 2},
            "deep": ["private", ["a private cat"]],
            "tier": "pro",
        }
    )
    assert row.other_metrics is not None
    assert "private" not in row.other_metrics
    assert json.loads(row.other_metrics) == {
        "caption": "… text of 68",
        "deep": "… list of 2",
        "own": "… object of 2",
        "short": "… text of 11",
        "tier": "pro",
        "…": True,
    }
    assert row.quantities == {}


def test_record_other_metrics_are_bounded() -> None:
    row = read_row(metrics={f"m{number}": "x" * 900 for number in range(50)} | {"a": "y" * 5000})
    assert row.other_metrics is not None
    assert len(row.other_metrics) <= 4_000
    assert json.loads(row.other_metrics)["a"] == "… text of 5000"


def test_record_input_gives_only_what_is_priced() -> None:
    row = read_row(
        input={
            "prompt": "a très long text",
            "duration": "5",
            "num_outputs": 4,
            "resolution": "720p",
            "seed": 42,
            "image": "https://example.com/secret.png",
            "video": "https://example.com/secret.mp4",
        },
        metrics={"resolution_target": "1080p"},
    )
    assert row.quantities == {"input.prompt": 16, "input.duration": 5, "input.num_outputs": 4}
    assert json.loads(row.selectors) == {
        "duration": "5",
        "resolution": "1080p",
        "video_input": "true",
    }


@pytest.mark.parametrize("text", ["a cat, painted, " * 9, "two\nlines", "a private cat", "x" * 33])
def test_record_text_of_several_words_is_no_selector(text: str) -> None:
    row = read_row(input={"resolution": text, "mode": text, "model": text})
    assert row.selectors == "{}"


@pytest.mark.parametrize("text", ["720p", "16:9", "rd_plus_classic", "1 MP", "0.25 MP", "100%"])
def test_record_choice_from_a_list_is_a_selector(text: str) -> None:
    row = read_row(input={"resolution": text})
    assert json.loads(row.selectors) == {"resolution": text}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("Nvidia A100 (80GB) GPU", "gpu-a100-large", id="alias"),
        pytest.param("gpu-t4", "gpu-t4", id="sku"),
        pytest.param("gpu-x", "gpu-x", id="unknown"),
    ],
)
def test_record_hardware_is_a_sku_or_stays(text: str, kept: str) -> None:
    assert read_row(hardware=text).hardware == kept


def test_record_tags_become_text() -> None:
    row = row_of(
        record_bytes(tags="HERE").replace(b'"HERE"', b'{"a":1.50,"b":true,"c":"x","d":null}')
    )
    assert row.tags == {"a": "1.50", "b": "true", "c": "x"}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({}, "prediction", id="default"),
        pytest.param({"urls": None}, "prediction", id="no_urls"),
        pytest.param({"urls": {"get": "https://x/v1/trainings/abc"}}, "training", id="urls"),
        pytest.param({"kind": "training"}, "training", id="said"),
    ],
)
def test_record_kind_is_said_or_seen(changes: dict[str, object], kind: str) -> None:
    assert read_row(**changes).kind == kind


@pytest.mark.parametrize(
    ("error", "has_error"),
    [
        (None, False),
        ("", False),
        ({}, False),
        ([], False),
        ("x", True),
        ({"a": 1}, True),
        (0, True),
    ],
)
def test_record_error_counts_unless_empty(error: object, has_error: bool) -> None:
    assert read_row(error=error).has_error is has_error


def test_record_of_equal_keys_the_first_counts() -> None:
    row = row_of(b'{"id":"a","id":"b","status":"x","status":5,"created_at":"2025-01-01T00:00:00Z",'
                 b'"metrics":{"predict_time":1,"predict_time":2}}')  # fmt: skip
    assert (row.id, row.status, row.predict_seconds) == ("a", "x", Decimal(1))


NOT_RECORDS = {
    "text": (b"not json", "not JSON: Expecting value (character 1)"),
    "list": (b"[1]", "not a JSON object"),
    "string": (b'"x"', "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "empty": (b"", "not JSON: Expecting value (character 1)"),
    "two": (b'{"id":"a"} {"id":"b"}', "not JSON: Extra data (character 12)"),
    "trailing_comma": (
        b'{"id":"a",}',
        "not JSON: Expecting property name enclosed in double quotes (character 11)",
    ),
    "latin_1": (b'{"id":"\xe9"}', "not UTF-8 text (byte 8)"),
    "half_surrogate": (b'{"id":"a","x":"\\ud800"}', "not Unicode text: half of a surrogate pair"),
    "deep": (b'{"id":"a","x":' + b"[" * 100_000, "nested too deeply"),
    "exponent": (b'{"id":1e99999999999999999999}', "a number's exponent is beyond all bounds"),
}


@pytest.mark.parametrize(("text", "reason"), NOT_RECORDS.values(), ids=NOT_RECORDS)
def test_record_of_other_text_is_refused(text: bytes, reason: str) -> None:
    assert refusal_of(text) == Rejection(reason)


def test_record_surrogate_pair_is_text() -> None:
    assert row_of(record_bytes(model="a/😀")).model == "a/😀"


def test_record_not_finite_output_does_not_matter() -> None:
    assert isinstance(read(record_bytes(output=[float("nan"), float("inf")])), StageRow)


def test_record_input_hash_is_keyed_and_ignores_key_order() -> None:
    one = read(record_bytes(input={"a": 1, "b": [2.50]}), hash_key=b"k")
    same = read(record_bytes(input={"b": [2.50], "a": 1}), hash_key=b"k")
    other_key = read(record_bytes(input={"a": 1, "b": [2.50]}), hash_key=b"l")
    assert isinstance(one, StageRow)
    assert isinstance(same, StageRow)
    assert isinstance(other_key, StageRow)
    assert one.input_hash is not None
    assert len(one.input_hash) == 64
    assert one.input_hash == same.input_hash != other_key.input_hash


def test_record_without_key_or_input_has_no_hash() -> None:
    without_input = read(record_bytes(), hash_key=b"k")
    assert isinstance(without_input, StageRow)
    assert without_input.input_hash is None
    assert read_row(input={"a": 1}).input_hash is None
