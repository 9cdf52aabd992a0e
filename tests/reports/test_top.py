"""`--top`: the first lines and the sum of the rest, which never changes a total."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.formats import Style, find_format
from reports.parameter import Parameter
from reports.query import find_query, list_queries
from reports.top import keep_top
from tests.reports.asking import LAWFUL, ask, october, refill, rows, total
from tests.reports.small_ledger import FINE, L40S, MYSTERY, OFFICIAL, T4, Row, new_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

TOPPED = [query.name for query in list_queries() if Parameter.TOP in query.parameters]
OCTOBER = datetime(2026, 10, 2)  # noqa: DTZ001 - naive UTC, as the ledger's columns are


@pytest.fixture(scope="module")
def ledger() -> Iterator[DuckDBPyConnection]:
    with new_ledger() as connection:
        yield connection


@pytest.mark.parametrize("report", TOPPED)
@LAWFUL
@given(filled=rows(), count=st.integers(1, 4))
def test_first_lines_and_the_rest_sum_to_what_all_lines_do(
    report: str, filled: list[Row], count: int, ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    by = ("model", "status") if Parameter.BY in find_query(report).parameters else None
    table = ask(ledger, report, october("UTC"), by=by)

    top = keep_top(table, count)

    assert len(top.rows) == min(len(table.rows), count + 1)
    assert top.total == table.total
    assert top.other_lines == (len(table.rows) - count if len(table.rows) > count else 0)
    for column in table.columns:
        if column.making.adds_up and column.unit.is_decimal and column.unit != "percent":
            assert total(top, column.name) == total(table, column.name)


def test_rest_is_named_and_has_its_own_quotients() -> None:
    images = {"image_output_count": Decimal(2)}
    filled = [
        Row(id="a", subject=L40S, at=OCTOBER, seconds=Decimal(1000)),
        Row(id="b", subject=OFFICIAL, at=OCTOBER, quantities=images),
        Row(id="c", subject=FINE, at=OCTOBER),
        Row(id="d", subject=MYSTERY, at=OCTOBER, tags={}),
    ]
    with new_ledger(filled) as connection:
        table = keep_top(ask(connection, "monthly", october("UTC"), by=("model", "tag:team")), 1)

    rest = dict(zip([column.name for column in table.columns], table.rows[-1], strict=True))
    assert (rest["model"], rest["tag:team"]) == ("Other (3 lines)", None)
    assert (rest["amount_usd"], rest["units"]) == (Decimal("0.0060031"), "2 output_image")
    line = find_format("table").render(table, Style()).decode().splitlines()[7]
    assert line.split()[:4] == ["Other", "(3", "lines)", "≥$0.01"]
    assert "(none)" not in line
    envelope = json.loads(find_format("json").render(table, Style()))
    assert envelope["other_lines"] == 3
    assert envelope["rows"][-1]["model"] == "Other (3 lines)"
    written = csv.DictReader(io.StringIO(find_format("csv").render(table, Style()).decode()))
    assert [one["model"] for one in written][-1] == "Other (3 lines)"


def test_table_that_has_no_more_lines_stays_as_it_is() -> None:
    with new_ledger([Row(id="a", subject=T4, at=OCTOBER)]) as connection:
        table = ask(connection, "models", october("UTC"))

    assert keep_top(table, 1) is table


def test_rest_is_named_where_nothing_is_grouped() -> None:
    filled = [
        Row(id="dear", subject=L40S, at=OCTOBER, seconds=Decimal(1000)),
        Row(id="cheap", subject=FINE, at=OCTOBER),
        Row(id="unknown", subject=MYSTERY, at=OCTOBER),
    ]
    with new_ledger(filled) as connection:
        table = keep_top(ask(connection, "predictions", october("UTC")), 1)

    assert table.values("prediction_id") == ["dear", "Other (2 lines)"]
