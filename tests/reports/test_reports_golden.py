"""What people and programs read of every report, on one small ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from pricing.calendar import month_period
from reports.formats import FORMATS, Style, find_format
from reports.parameter import Parameters
from reports.query import find_query, query_names
from reports.run import run
from tests.reports.small_ledger import add_faults, new_ledger, sample_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEXTS = [name for name, row in FORMATS.items() if row.is_text]
OCTOBER = Parameters(
    period=month_period("2026-10", ZoneInfo("Europe/Berlin")),
    until=datetime(2026, 10, 25, 12, tzinfo=UTC),
    data_as_of=datetime(2026, 10, 25, 11, 59, 30, tzinfo=UTC),
    book="replicate",
    other_book="double",
)


@pytest.fixture(scope="module")
def ledger() -> Iterator[DuckDBPyConnection]:
    connection = new_ledger(sample_rows(), has_kept_on=True)
    add_faults(connection)
    yield connection
    connection.close()


@pytest.mark.parametrize("format_name", TEXTS)
@pytest.mark.parametrize("report", query_names())
def test_report_reads_as_its_golden_file(
    report: str,
    format_name: str,
    ledger: DuckDBPyConnection,
    check_golden: Callable[[str, bytes], None],
) -> None:
    written = find_format(format_name)

    table = run(ledger, find_query(report), OCTOBER)

    check_golden(f"reports/{report}{written.suffix}", written.render(table, Style()))


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("report", query_names())
def test_report_gives_the_same_bytes_again(
    report: str, format_name: str, ledger: DuckDBPyConnection
) -> None:
    written = find_format(format_name)

    first, again = (run(ledger, find_query(report), OCTOBER) for _ in range(2))

    assert written.render(first, Style()) == written.render(again, Style())


def test_report_in_full_precision_reads_as_its_golden_file(
    ledger: DuckDBPyConnection, check_golden: Callable[[str, bytes], None]
) -> None:
    table = run(ledger, find_query("monthly"), OCTOBER)

    text = find_format("table").render(table, Style(full_precision=True))

    check_golden("reports/monthly-full-precision.txt", text)


def test_report_of_an_empty_ledger_reads_as_its_golden_file(
    check_golden: Callable[[str, bytes], None],
) -> None:
    with new_ledger() as empty:
        table = run(empty, find_query("monthly"), OCTOBER)

    check_golden("reports/monthly-empty.txt", find_format("table").render(table, Style()))
    check_golden("reports/monthly-empty.json", find_format("json").render(table, Style()))
