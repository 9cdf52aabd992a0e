"""Reports as their files describe them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reports.column import Making, Unit
from reports.errors import BadQuery, ReportError, UnknownDimension, UnknownReport
from reports.parameter import Parameter
from reports.query import document, find_query, list_queries, parse_query, query_names

NEEDED = {
    "anomalies",
    "compare",
    "conflicts",
    "daily",
    "forecast",
    "hardware",
    "hourly",
    "latency",
    "models",
    "monthly",
    "predictions",
    "quality",
    "rejected",
    "unit-costs",
    "unrated",
    "versions",
    "waste",
}
HEADER = """-- title: T
-- summary: S.
-- source: charge
-- period: month
-- parameters: period, by
-- column: amount_usd | usd | sum | What it cost.
select 1
"""


def test_every_report_of_the_issue_is_there() -> None:
    assert set(query_names()) >= NEEDED


def test_header_becomes_a_query() -> None:
    query = parse_query("small", HEADER)

    (column,) = query.columns
    assert (column.name, column.unit, column.making) == ("amount_usd", Unit.USD, Making.SUM)
    assert query.always == query.by == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("-- title: T\n", "", id="key missing"),
        pytest.param("-- title: T", "-- titel: T", id="key unknown"),
        pytest.param("-- title: T", "-- title: T\n-- title: T", id="key repeated"),
        pytest.param("-- title: T", "-- just words", id="no key"),
        pytest.param("| usd |", "| gold |", id="unit unknown"),
        pytest.param("| sum |", "| guess |", id="making unknown"),
        pytest.param("| sum |", "| share(price) |", id="operand unknown"),
        pytest.param("| What it cost.", "", id="meaning missing"),
        pytest.param("source: charge", "source: moon", id="source unknown"),
        pytest.param("period, by", "period, bye", id="parameter unknown"),
    ],
)
def test_broken_header_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadQuery):
        parse_query("small", HEADER.replace(old, new, 1))


def test_unknown_report_names_the_nearest() -> None:
    with pytest.raises(UnknownReport) as caught:
        find_query("montly")

    assert '"monthly"' in caught.value.help


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: query.name)
def test_document_names_every_parameter_and_column(query) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    text = document(query, {item: [item] for item in Parameter})

    assert text.startswith(f"## `{query.name}`\n")
    assert text.endswith("|\n")
    for item in [*query.parameters, *(column.name for column in query.columns)]:
        assert f"`{item}`" in text


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: query.name)
def test_statement_ends_in_a_total_order(query) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    last = query.sql.rstrip().splitlines()[-1]

    assert last.startswith("order by ")


def test_money_is_only_added_and_multiplied_in_sql() -> None:
    bodies = ["\n".join(_without_comments(query.sql)) for query in list_queries()]

    assert [body for body in bodies if "avg(" in body or "/" in body] == []


def test_all_errors_share_a_root_and_say_what() -> None:
    error = UnknownDimension("modle", ["model", "version"])

    assert isinstance(error, ReportError)
    assert error.what == 'no dimension "modle"'
    assert 'did you mean "model"?' in error.help


def test_reports_load_without_a_database_or_frames() -> None:
    script = (
        "import sys, reports.run, reports.formats, reports.query; reports.query.list_queries();"
        "print([name for name in ('duckdb', 'polars', 'pydantic') if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def _without_comments(sql: str) -> list[str]:
    return [line for line in sql.splitlines() if not line.startswith("--")]


def test_report_that_is_like_another_has_its_columns_and_statement() -> None:
    hourly, daily = find_query("hourly"), find_query("daily")

    assert (hourly.columns, hourly.sql) == (daily.columns, daily.sql)
    assert (hourly.always, daily.always) == (("hour",), ("day",))


def test_report_that_is_like_another_has_no_columns_of_its_own() -> None:
    with pytest.raises(BadQuery, match="like another"):
        parse_query("small", HEADER.replace("-- column", "-- like: daily\n-- column", 1))
