"""Laws that hold whatever is in the ledger: sums, rounding, zones, and text that stays text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.calendar import Period, day_of, month_period
from pricing.money import round_half_up
from reports.dimension import DIMENSIONS, Condition, Reach, find_dimension, parse_condition
from reports.errors import DimensionNotHere
from reports.formats import FORMATS, Style, find_format
from reports.formats.reading import read_rows
from reports.parameter import Parameters
from reports.query import Source, list_queries
from reports.run import run
from tests.reports.asking import LAWFUL, ZONES, ask, october, refill, rows, total
from tests.reports.small_ledger import FINE, T4, Row, new_ledger, sample_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from reports.table import Table

HOSTILE = [
    "'; drop table prediction; --",
    '" or true --',
    "$where_1",
    "{by}",
    "[",
    "\\",
    "naïve 価格 \U0001f4b8",
    "a\nb\tc\x00d"[:5],
]


@pytest.fixture(scope="module")
def ledger() -> Iterator[DuckDBPyConnection]:
    with new_ledger() as connection:
        yield connection


@LAWFUL
@given(
    filled=rows(),
    zone=st.sampled_from(ZONES),
    names=st.lists(st.sampled_from([*DIMENSIONS, "tag:team"]), max_size=4, unique=True),
)
def test_every_grouping_sums_to_the_same_total(
    filled: list[Row], zone: str, names: list[str], ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    whole = ask(ledger, "monthly", october(zone), by=())

    grouped = ask(ledger, "monthly", october(zone), by=tuple(names))

    for column in ("amount_usd", "list_amount_usd", "seconds", "predictions", "unrated"):
        assert total(grouped, column) == total(whole, column), column
    assert grouped.head.completeness == whole.head.completeness


@LAWFUL
@given(filled=rows(), zone=st.sampled_from(ZONES))
def test_every_spend_report_sums_to_the_same_total(
    filled: list[Row], zone: str, ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    amounts = {
        query.name: in_total(run(ledger, query, Parameters(period=october(zone))), "amount_usd")
        for query in list_queries()
        if any(column.name == "amount_usd" for column in query.columns)
    }

    assert len(set(amounts.values())) == 1, amounts


@LAWFUL
@given(filled=rows(), zone=st.sampled_from(ZONES))
def test_days_and_hours_sum_to_their_month(
    filled: list[Row], zone: str, ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    month = ask(ledger, "monthly", october(zone), by=("month",))
    days = ask(ledger, "daily", october(zone))
    hours = ask(ledger, "hourly", october(zone))

    assert month.values("month") in ([], ["2026-10"])
    assert total(days, "amount_usd") == total(month, "amount_usd") == total(hours, "amount_usd")
    assert total(days, "predictions") == total(month, "predictions")
    assert {str(hour)[:10] for hour in hours.values("hour")} == set(days.values("day"))


@LAWFUL
@given(filled=rows(), zone=st.sampled_from(ZONES))
def test_day_of_a_range_is_the_report_of_that_day_alone(
    filled: list[Row], zone: str, ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    whole = Period(None, None, ZoneInfo(zone))
    days = ask(ledger, "daily", whole)

    for day, amount in [*zip(days.values("day"), days.values("amount_usd"), strict=True)][:3]:
        noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZoneInfo(zone))
        alone = ask(ledger, "daily", day_of(noon.astimezone(UTC), ZoneInfo(zone)))
        assert alone.values("amount_usd") == [amount]


@LAWFUL
@given(filled=rows())
def test_period_before_is_what_its_own_report_says(
    filled: list[Row], ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    september = month_period("2026-09", ZoneInfo("Europe/Berlin"))

    now = ask(ledger, "monthly", october("Europe/Berlin"))
    before = ask(ledger, "monthly", september)

    assert total(now, "before_usd") == total(before, "amount_usd")


@LAWFUL
@given(filled=rows(), report=st.sampled_from(["monthly", "daily", "models", "compare", "waste"]))
def test_rounded_lines_sum_to_the_rounded_total(
    filled: list[Row], report: str, ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    table = ask(ledger, report, october("UTC"))
    text = find_format("markdown").render(table, Style()).decode()

    lines = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line] for line in lines[2:]]
    shown, _ = read_rows(table, Style())
    for position, column in enumerate(shown):
        if column.unit == "usd" and column.making.adds_up and table.rows:
            *parts, whole = [line[position] for line in cells]
            missing = round_half_up(total(table, column.name), 2) - sum(map(read_cents, parts))
            least = len([one for one in parts if ">-" in one])
            most = len([one for one in parts if "<" in one or ">$" in one.replace("\\", "")])
            assert -least <= missing * 100 <= most
            expected = round_half_up(in_total(table, column.name), 2)
            assert read_cents(whole) in {expected, Decimal(0)}


def in_total(table: Table, name: str) -> Decimal:
    """What the total line says of a column, lines that are left out included."""
    assert table.total is not None
    cell = table.total[[column.name for column in table.columns].index(name)]
    return cell if isinstance(cell, Decimal) else Decimal(0)


def read_cents(cell: str) -> Decimal:
    """A rounded amount; what is too little to show, or not there, is no cent."""
    if "<" in cell or ">" in cell or cell in {"—", ""}:
        return Decimal(0)
    return Decimal(re.sub(r"[$,\\≥]", "", cell))


@pytest.fixture(scope="module")
def million() -> Iterator[DuckDBPyConnection]:
    """A million predictions of one second at $0.00000031."""
    with new_ledger() as connection:
        connection.execute(
            """
            insert into prediction by name
            select
                'p' || number as id, $fine as subject_id, 'succeeded' as status,
                timestamp '2026-10-02' + to_seconds(number) as charged_at,
                cast(1 as decimal(18, 9)) as predict_seconds,
                map() as quantities, map() as tags, 1 as ingest_id
            from range(1000000) as numbers(number)
            """,
            {"fine": FINE},
        )
        yield connection


def test_million_of_the_smallest_charges_keep_their_sum_in_every_format(
    million: DuckDBPyConnection,
) -> None:
    table = ask(million, "monthly", october("UTC"))
    written = {name: row.render(table, Style()) for name, row in FORMATS.items()}

    assert total(table, "amount_usd") == Decimal("0.31")
    assert b"$0.31" in written["table"]
    assert b"$0.31" in written["markdown"]
    assert json.loads(written["json"])["total"]["amount_usd"] == "0.31"
    lines = csv.DictReader(io.StringIO(written["csv"].decode()))
    assert [line["amount_usd"] for line in lines] == ["0.31"]
    frame = read_parquet(written["parquet"])
    assert frame["amount_usd"].sum() == Decimal("0.31")


def read_parquet(data: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN201
    import polars

    return polars.read_parquet(io.BytesIO(data))


def test_million_of_the_smallest_charges_by_hour_keep_their_sum(
    million: DuckDBPyConnection,
) -> None:
    table = ask(million, "hourly", october("Asia/Kolkata"))

    assert len(table.rows) > 270
    assert total(table, "amount_usd") == Decimal("0.31")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_pattern_is_a_value(text: str) -> None:
    with new_ledger(sample_rows(), has_kept_on=True) as connection:
        before = ask(connection, "monthly", october("UTC"))
        condition = Condition(find_dimension("model"), text)

        narrowed = ask(connection, "monthly", october("UTC"), where=(condition,))

        assert narrowed.rows == ()
        assert ask(connection, "monthly", october("UTC")) == before


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_tag_is_a_value(text: str) -> None:
    row = Row(id="p", subject=T4, at=datetime(2026, 10, 5), tags={text: text})  # noqa: DTZ001
    with new_ledger([row]) as connection:
        table = ask(
            connection,
            "monthly",
            october("UTC"),
            by=(f"tag:{text}", "model"),
            where=(Condition(find_dimension(f"tag:{text}"), "*"),),
        )

        assert table.values(f"tag:{text}") == [text]
        for row_format in FORMATS.values():
            row_format.render(table, Style())


def test_conditions_widen_within_a_dimension_and_narrow_between() -> None:
    asked = [parse_condition(text) for text in ("model=labs/*", "model=acme/f?ne", "status=succ*")]
    with new_ledger(sample_rows(), has_kept_on=True) as connection:
        table = ask(connection, "monthly", october("UTC"), where=tuple(asked))

    assert set(table.values("model")) == {"labs/flux-fast", "labs/chat", "acme/fine"}


def test_row_without_a_value_matches_the_empty_pattern() -> None:
    with new_ledger(sample_rows(), has_kept_on=True) as connection:
        untagged = ask(connection, "monthly", october("UTC"), where=(parse_condition("tag:team="),))
        everything = ask(connection, "monthly", october("UTC"))

    assert 0 < total(untagged, "predictions") < total(everything, "predictions")


def test_calendar_is_for_grouping_alone() -> None:
    with new_ledger() as connection, pytest.raises(DimensionNotHere):
        ask(connection, "monthly", october("UTC"), where=(parse_condition("day=2026-10-01"),))


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: query.name)
def test_report_takes_each_of_its_dimensions(query) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    takes_any = "by" in query.parameters
    names = [*(name for name in query.dimensions if name != "tag:KEY"), "tag:team"]
    with new_ledger(sample_rows(), has_kept_on=True) as connection:
        for name in names if takes_any else []:
            where = (
                ()
                if DIMENSIONS.get(name) and DIMENSIONS[name].reach is Reach.TIME
                else (Condition(find_dimension(name), "*"),)
            )
            parameters = Parameters(period=october("UTC"), by=(name,), where=where)

            table = run(connection, query, parameters)

            assert table.rows, name


def test_open_period_has_no_period_before() -> None:
    with new_ledger(sample_rows(), has_kept_on=True) as connection:
        table = ask(connection, "monthly", Period(None, None))

    assert total(table, "before_usd") == 0
    assert total(table, "predictions") == len(sample_rows())


def test_instants_that_no_calendar_knows_still_count() -> None:
    rows_far = [Row(id="far", subject=T4, at=datetime(9998, 12, 31))]  # noqa: DTZ001
    with new_ledger(rows_far) as connection:
        table = ask(connection, "daily", Period(None, None, ZoneInfo("Europe/Berlin")))

    assert table.values("day") == [None]
    assert total(table, "predictions") == 1


def test_every_source_has_a_report() -> None:
    assert {query.source for query in list_queries()} == set(Source)
