"""Which lines and columns a report shows, and which values it refuses."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from reports.errors import BadQuery
from reports.formats import Style, find_format
from reports.parameter import Parameters
from reports.query import parse_query
from reports.run import run
from tests.reports.asking import ask, october
from tests.reports.small_ledger import FINE, MYSTERY, OFFICIAL, T4, Row, new_ledger

SEPTEMBER = datetime(2026, 9, 3)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
OCTOBER = datetime(2026, 10, 3)  # noqa: DTZ001 - naive UTC, as the ledger's columns are


@pytest.mark.parametrize(
    ("row", "models", "left_out"),
    [
        pytest.param(
            Row(id="b", subject=FINE, at=SEPTEMBER),
            {"acme/upscale", "acme/fine"},
            0,
            id="cost before",
        ),
        pytest.param(
            Row(id="b", subject=FINE, at=SEPTEMBER, status="failed"),
            {"acme/upscale"},
            0,
            id="cost nothing before",
        ),
        pytest.param(
            Row(id="b", subject=MYSTERY, at=SEPTEMBER), {"acme/upscale"}, 1, id="unknown before"
        ),
        pytest.param(
            Row(id="b", subject=MYSTERY, at=OCTOBER),
            {"acme/upscale", "someone/mystery"},
            0,
            id="unknown now",
        ),
    ],
)
def test_month_has_no_line_without_predictions_and_cost(
    row: Row, models: set[str], left_out: int
) -> None:
    with new_ledger([Row(id="a", subject=T4, at=OCTOBER), row]) as ledger:
        table = ask(ledger, "monthly", october("UTC"))

    assert set(table.values("model")) == models
    assert table.left_out == left_out


def test_total_of_a_month_of_which_nothing_is_rated_is_unknown() -> None:
    ledger_rows = [
        Row(id="a", subject=MYSTERY, at=OCTOBER),
        Row(id="b", subject=T4, at=SEPTEMBER),
        Row(id="c", subject=MYSTERY, at=SEPTEMBER),
    ]

    with new_ledger(ledger_rows) as ledger:
        table = ask(ledger, "monthly", october("UTC"))

    total = dict(zip([column.name for column in table.columns], table.total or (), strict=True))
    assert total["amount_usd"] is None
    assert total["list_amount_usd"] is None
    assert total["before_usd"]


def test_waste_sums_to_all_that_was_charged_however_it_is_grouped() -> None:
    rows = [
        Row(id="a", subject=T4, at=OCTOBER),
        Row(id="b", subject=T4, at=OCTOBER, status="failed"),
        Row(id="c", subject=FINE, at=OCTOBER),
    ]
    with new_ledger(rows) as ledger:
        tables = [ask(ledger, "waste", october("UTC"), by=(by,)) for by in ("model", "status")]
        whole = ask(ledger, "monthly", october("UTC"))

    assert whole.total is not None
    assert tables[0].values("model") == ["acme/upscale", "acme/fine"]
    for table in tables:
        amounts = [one for one in table.values("amount_usd") if isinstance(one, Decimal)]
        assert sum(amounts) == whole.total[1] == Decimal("0.0022531")
        assert table.left_out == 0


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_people_see_no_column_without_a_value(form: str) -> None:
    with new_ledger([Row(id="a", subject=T4, at=OCTOBER)]) as ledger:
        timed = ask(ledger, "monthly", october("UTC"))
    image = Row(id="b", subject=OFFICIAL, at=OCTOBER, quantities={"image_output_count": Decimal(1)})
    with new_ledger([image]) as ledger:
        counted = ask(ledger, "monthly", october("UTC"))

    write = find_format(form).render
    assert b"units" not in write(timed, Style())
    assert b"units" in find_format("csv").render(timed, Style())
    assert b"units" in write(counted, Style())


def test_people_see_the_amount_even_if_unknown_and_what_they_grouped_by() -> None:
    with new_ledger([Row(id="a", subject=MYSTERY, at=OCTOBER)]) as ledger:
        table = ask(ledger, "monthly", october("UTC"), by=("model", "tag:team"))

    head = find_format("table").render(table, Style()).decode().splitlines()[4]
    assert head.split()[:3] == ["model", "tag:team", "amount"]


@pytest.mark.parametrize(
    ("row", "is_told"),
    [
        pytest.param(Row(id="a", subject=MYSTERY, at=OCTOBER), True, id="no hardware"),
        pytest.param(
            Row(id="a", subject=T4, at=OCTOBER, status="resting"), False, id="no known status"
        ),
    ],
)
def test_reader_is_told_how_to_name_hardware(row: Row, *, is_told: bool) -> None:
    with new_ledger([row]) as ledger:
        table = ask(ledger, "monthly", october("UTC"))

    text = find_format("table").render(table, Style()).decode()
    assert "costing report unrated" in text
    assert ("costing hardware missing" in text) is is_told


def test_empty_report_tells_between_which_days_the_records_lie() -> None:
    days = (datetime(2026, 7, 3, 23, 30), datetime(2026, 8, 5, 12))  # noqa: DTZ001 - naive UTC
    rows = [Row(id=f"{at.day}", subject=T4, at=at) for at in days]
    with new_ledger(rows) as ledger:
        table = ask(ledger, "monthly", october("Europe/Berlin"))

    text = find_format("table").render(table, Style()).decode()
    assert "nothing in this period; the ledger's records lie from 2026-07-04 to 2026-08-05" in text


def test_sign_for_more_than_nothing_is_explained_below_the_table() -> None:
    row = Row(id="a", subject=T4, at=OCTOBER, seconds=Decimal("0.001"))
    with new_ledger([row, Row(id="b", subject=MYSTERY, at=OCTOBER)]) as ledger:
        text = find_format("table").render(ask(ledger, "monthly", october("UTC")), Style()).decode()

    assert ">$0.00 more than nothing" in text
    assert "≥ at least" not in text


HEADER = """-- title: T
-- summary: S.
-- source: charge
-- period: month
-- parameters: period
-- essential: {essential}
-- column: amount_usd | {unit} | sum | What it cost.
select {value} as amount_usd
"""


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        pytest.param("usd", "cast(0.1 as double)", id="money"),
        pytest.param("percent", "10 / 4", id="quotient"),
        pytest.param("units", "map {'second': cast(0.1 as double)}", id="quantities"),
        pytest.param("count", "true", id="boolean"),
        pytest.param("instant", "date '2026-10-01'", id="date"),
    ],
)
def test_value_of_a_wrong_type_is_refused(unit: str, value: str) -> None:
    text = HEADER.format(essential="amount_usd", unit=unit, value=value)
    with new_ledger() as ledger, pytest.raises(TypeError, match="amount_usd cannot be"):
        run(ledger, parse_query("small", text), Parameters(period=october("UTC")))


def test_essential_names_columns_that_exist() -> None:
    with pytest.raises(BadQuery):
        parse_query("small", HEADER.format(essential="price_usd", unit="usd", value="1"))
