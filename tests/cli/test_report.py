"""`costing report`: commands made from the headers of the reports' files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costing.errors import ExitCode, UsageError
from costing.request import OPTIONS_OF, ReportRequest
from reports.parameter import Parameter
from reports.query import Query, list_queries, query_names
from tests.cli.conftest import ROOT, Run

OPTION_NAMES = {
    Parameter.PERIOD: ("--month", "--from", "--to", "--last"),
    Parameter.BY: ("--by",),
    Parameter.WHERE: ("--where",),
    Parameter.ZONE: ("--tz",),
    Parameter.BOOK: ("--book",),
    Parameter.OTHER_BOOK: ("--other-book",),
    Parameter.KNOWN_ON: ("--as-known-on",),
}


@pytest.fixture
def ledger(run: Run) -> None:
    """The examples, ingested."""
    assert run("ingest", str(ROOT / "examples" / "predictions.jsonl")).code == 0


def test_report_knows_an_option_for_every_parameter() -> None:
    assert set(OPTIONS_OF) == set(Parameter)


def test_report_list_shows_every_report(run: Run) -> None:
    answer = run("report", "list", "--format", "json")

    assert [row["name"] for row in json.loads(answer.out)] == list(query_names())


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: query.name)
def test_report_takes_just_the_options_of_its_header(run: Run, query: Query) -> None:
    help_text = run("report", query.name, "--help").out

    for parameter, options in OPTION_NAMES.items():
        for option in options:
            assert (f"  {option} " in help_text) is (parameter in query.parameters)
    assert "--format" in help_text


@pytest.mark.usefixtures("ledger")
def test_report_without_a_name_is_the_monthly_one(run: Run) -> None:
    named = run("report", "monthly", "--month", "2023-01")
    nameless = run("report", "--month", "2023-01")

    assert named.code == 0
    assert (nameless.code, nameless.out) == (0, named.out)


@pytest.mark.usefixtures("ledger")
def test_report_answers_under_every_name(run: Run) -> None:
    for name in query_names():
        other = ["--other-book", "api-map"] if name == "compare" else []

        answer = run("report", name, *other, "--format", "json")

        assert (answer.code, answer.talk) == (0, ""), name
        assert json.loads(answer.out)["report"] == name


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_report_is_written_in_every_text_format(run: Run, form: str) -> None:
    answer = run("report", "models", "--format", form)

    assert (answer.code, answer.talk) == (0, "")
    assert answer.out.endswith("\n")


@pytest.mark.usefixtures("ledger")
def test_report_writes_a_file_whole(run: Run, tmp_path: Path) -> None:
    answer = run("report", "models", "--format", "parquet", "-o", "models.parquet")

    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "models.parquet").read_bytes().startswith(b"PAR1")
    assert list(tmp_path.glob(".*partial")) == []


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("name", "begins"),
    [("days.CSV", b"model,"), ("days.txt", b"Models"), ("days", b"Models"), ("days.md", b"#")],
)
def test_the_name_of_a_file_tells_its_format(
    run: Run, tmp_path: Path, name: str, begins: bytes
) -> None:
    answer = run("report", "models", "-o", name)

    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.usefixtures("ledger")
def test_a_file_of_no_known_format_is_refused(run: Run, tmp_path: Path) -> None:
    answer = run("report", "models", "-o", "spend.xlsx")

    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert 'error: ".xlsx" tells no format of a report' in answer.talk
    assert ".parquet" in answer.talk
    assert not (tmp_path / "spend.xlsx").exists()


@pytest.mark.usefixtures("ledger")
def test_report_says_where_it_cannot_write(run: Run) -> None:
    answer = run("report", "models", "-o", "nowhere/models.txt")

    assert answer.code == ExitCode.DATA
    assert "  --> nowhere/models.txt" in answer.talk


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--by", "colour"], 'no dimension "colour"'),
        (["--by", "team"], 'did you mean "tag:team"?'),
        (["--where", "modle=x"], 'did you mean "model"?'),
        (["--top", "0"], "0 is not in the range"),
        (["--where", "model"], "is not written as dimension=pattern"),
        (["--tz", "Mars/Base"], "Mars/Base"),
        (["--book", "nobook"], "no price book 'nobook'"),
        (["--month", "2026-13"], "2026-13"),
        (["--month", "2026-10", "--last", "3d"], "several periods at once"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
@pytest.mark.usefixtures("ledger")
def test_report_says_what_cannot_be_asked(run: Run, arguments: list[str], what: str) -> None:
    answer = run("report", "monthly", *arguments)

    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert what in answer.talk


def test_report_of_no_ledger_says_what_to_do(run: Run) -> None:
    answer = run("report")

    assert answer.code == ExitCode.DATA
    assert "costing ingest FILE" in answer.talk


def test_request_takes_lists_and_texts() -> None:
    request = ReportRequest.of(
        "daily", {"from": "2026-10-01", "by": ["model", "tag:a"], "where": "model=a/*"}
    )

    assert request.from_ == "2026-10-01"
    assert (request.by, request.where) == (("model", "tag:a"), ("model=a/*",))


def test_request_takes_none_as_not_asked() -> None:
    assert ReportRequest.of("daily", {"by": None, "where": None}) == ReportRequest(name="daily")


@pytest.mark.parametrize(
    "parameters",
    [{"mnth": "2026-10"}, {"by": 3}, {"month": 202610}, {"full_precision": "yes"}, {"name": "x"}],
    ids=str,
)
def test_request_refuses_what_it_does_not_know(parameters: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        ReportRequest.of("monthly", parameters)


@pytest.mark.usefixtures("ledger")
def test_report_follows_a_link_and_writes_to_what_is_no_file(run: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)

    linked = run("report", "monthly", "--format", "csv", "-o", str(link))
    folders = [run("report", "monthly", "-o", name) for name in (str(tmp_path), "/")]

    assert (linked.code, link.is_symlink()) == (0, True)
    assert target.read_text().startswith("model,")
    for folder in folders:
        assert folder.code == ExitCode.DATA
        assert "cannot be written" in folder.talk


@pytest.mark.usefixtures("ledger")
def test_notes_name_commands_that_speak_of_the_same_records(run: Run) -> None:
    asked = ["--month", "2024-10", "--where", "model=j*", "--book", "replicate"]
    shown = run("report", "models", *asked).out
    daily = run("report", "hourly", "--from", "2024-10-01", "--to", "2024-11-01").out

    command = "costing report unrated --month 2024-10 --where 'model=j*' --book replicate`"
    assert f"see `{command}" in shown
    assert "see `costing report unrated --from 2024-10-01 --to 2024-11-01`" in daily


def test_report_help_says_what_each_report_answers(run: Run) -> None:
    text = " ".join(run("report", "--help").out.split())

    for query in list_queries():
        assert f"{query.name} {' '.join(query.summary.split())}" in text


@pytest.mark.usefixtures("ledger")
def test_report_is_cut_to_its_first_lines_and_the_rest(run: Run) -> None:
    answer = run("report", "--month", "2024-10", "--top", "3", "--format", "json")

    rows = json.loads(answer.out)["rows"]
    assert len(rows) == 4
    assert rows[-1]["model"].startswith("Other (")


@pytest.mark.usefixtures("ledger")
def test_prices_as_known_on_leaves_out_prices_and_no_record(run: Run) -> None:
    asked = ("report", "--month", "2024-10", "--format", "json")

    then, without, now = (
        json.loads(run(*asked, *more).out)
        for more in (["--prices-as-known-on", "2020-01-01"], ["--as-known-on", "2020-01-01"], [])
    )

    assert then["completeness"]["predictions"] == now["completeness"]["predictions"] > 0
    assert (then["completeness"]["rated"], without["completeness"]["predictions"]) == (0, 0)
    assert then["prices_known_on"] == "2020-01-01T00:00:00Z"
