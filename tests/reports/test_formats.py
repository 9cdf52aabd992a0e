"""How tables are written, for people and for programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.calendar import Period, month_period
from reports.column import Cell, Column, Making, Unit, dimension_column
from reports.errors import UnknownFormat
from reports.formats import FORMATS, Style, find_format
from reports.formats.absence import absent_text
from reports.formats.head import period_text
from reports.formats.table import cut, text_width
from reports.table import Completeness, Head, Table

NOTHING = Completeness(0, 0, 0, 0, Decimal(0), 0, Decimal(0), 0, Decimal(0), 0)


def new_head(period: Period) -> Head:
    return Head("small", "Small", period, "", "", None, None, NOTHING)


def new_table(
    cells: list[Cell], unit: Unit = Unit.USD, making: Making = Making.SUM, total: Cell = None
) -> Table:
    column = Column("value_usd", unit, making, (), is_detail=False, meaning="")
    rows = tuple((f"line {number}", cell) for number, cell in enumerate(cells))
    head = new_head(month_period("2026-10", UTC))
    whole = None if total is None else (None, total)
    return Table(head, (dimension_column("line", ""), column), rows, whole)


def read_values(table: Table, style: Style | None = None) -> list[str]:
    text = find_format("table").render(table, style or Style()).decode()
    lines = [line for line in text.splitlines() if line.startswith(("line ", "total"))]
    return [line.split()[-1] for line in lines if line.split()[0] == "total" or line[5].isdigit()]


@pytest.mark.parametrize(
    ("unit", "making", "exact", "text"),
    [
        (Unit.USD, Making.SUM, Decimal("0E-21"), "$0.00"),
        (Unit.USD, Making.SUM, Decimal("0.004"), "<$0.01"),
        (Unit.USD, Making.DIFFERENCE, Decimal("-0.004"), ">-$0.01"),
        (Unit.USD, Making.DIFFERENCE, Decimal("-1234.5"), "-$1,234.50"),
        (Unit.PRICE, Making.RATIO, Decimal("0.000028514999"), "$0.00002851"),
        (Unit.PRICE, Making.RATIO, Decimal("12.5"), "$12.50"),
        (Unit.PRICE, Making.RATIO, Decimal(0), "$0.00"),
        (Unit.SECONDS, Making.SUM, Decimal("1204.25"), "1,204.3"),
        (Unit.SECONDS, Making.SUM, Decimal("0.01"), "<0.1"),
        (Unit.SECONDS, Making.EACH, Decimal("0.125"), "0.13"),
        (Unit.PERCENT, Making.CHANGE, Decimal("12.345"), "+12.3%"),
        (Unit.PERCENT, Making.CHANGE, Decimal("-12.345"), "-12.3%"),
        (Unit.PERCENT, Making.SHARE, Decimal("0.01"), "<0.1%"),
        (Unit.RATIO, Making.RATIO, Decimal("8.214"), "8.21×"),
        (Unit.QUANTITY, Making.SUM, Decimal("1500.500000000"), "1,500.5"),
        (Unit.COUNT, Making.SUM, 1204, "1,204"),
        (Unit.INSTANT, Making.EACH, datetime(2026, 10, 1, tzinfo=UTC), "2026-10-01T00:00:00Z"),
    ],
)
def test_value_reads_as_a_person_expects(
    unit: Unit, making: Making, exact: Cell, text: str
) -> None:
    assert read_values(new_table([exact], unit, making)) == [text]


def test_unknown_beside_what_is_known_reads_as_a_dash() -> None:
    assert read_values(new_table([Decimal(1), None])) == ["$1.00", "—"]


def test_lines_are_rounded_so_that_they_sum_to_the_total() -> None:
    table = new_table([Decimal("0.333")] * 3, total=Decimal("0.999"))

    assert read_values(table) == ["$0.34", "$0.33", "$0.33", "$1.00"]


def test_lines_too_small_to_show_may_make_up_for_what_is_missing() -> None:
    amounts = ["0.0142", "0.004", "0.004", "0.003"]
    table = new_table([Decimal(amount) for amount in amounts], total=Decimal("0.0252"))

    assert read_values(table) == ["$0.01", "<$0.01", "<$0.01", "<$0.01", "$0.03"]


@given(
    st.lists(st.tuples(st.decimals("0", "2", places=4), st.integers(0, 1)), min_size=2, max_size=40)
)
def test_printed_lines_sum_to_the_printed_total_and_hide_no_amount_as_zero(
    cells: list[tuple[Decimal, int]],
) -> None:
    columns = (
        dimension_column("line", ""),
        Column("cost_usd", Unit.USD, Making.SUM, ("unrated",), is_detail=False, meaning=""),
        Column("unrated", Unit.COUNT, Making.SUM, (), is_detail=True, meaning=""),
    )
    rows = tuple((f"line {place}", *cell) for place, cell in enumerate(cells))
    whole = (None, sum((cell[0] for cell in cells), Decimal(0)), sum(cell[1] for cell in cells))
    table = Table(new_head(month_period("2026-10", UTC)), columns, rows, whole)

    *printed, total = read_values(table)

    zeros = [text.endswith("$0.00") and text != ">$0.00" for text in printed]
    assert zeros == [cell[0] == 0 for cell in cells]
    hidden = [text for text in printed if text in {"<$0.01", ">$0.00"}]
    known = sum(Decimal(text.lstrip("≥$")) for text in printed if text not in hidden)
    if total not in {"<$0.01", ">$0.00"}:
        assert 0 <= Decimal(total.lstrip("≥$")) - known <= len(hidden) * Decimal("0.01")


def test_seconds_are_never_rounded_towards_their_total() -> None:
    table = new_table([Decimal("0.33")] * 3, Unit.SECONDS, total=Decimal("0.99"))

    assert read_values(table) == ["0.3", "0.3", "0.3", "1.0"]


def test_full_precision_shows_every_digit() -> None:
    table = new_table([Decimal("0.000124944300")], total=Decimal("0.000124944300"))

    assert read_values(table, Style(full_precision=True)) == ["$0.0001249443"] * 2


def test_nothing_is_cut_without_a_terminal() -> None:
    table = new_table(["x" * 300], Unit.TEXT, Making.EACH)

    assert "x" * 300 in find_format("table").render(table, Style()).decode()


def test_terminal_cuts_text_and_never_numbers() -> None:
    table = new_table([Decimal(1234567890)])
    wide = Table(table.head, table.columns, (("w" * 100, Decimal(1234567890)),), None)

    lines = find_format("table").render(wide, Style(width=40)).decode().splitlines()

    grid = lines[4:]
    assert max(map(len, grid)) <= 40
    assert "…" in grid[2]
    assert grid[2].endswith("$1,234,567,890.00")


def test_terminal_cuts_names_last_and_in_the_middle() -> None:
    columns = (
        dimension_column("model", ""),
        Column("units", Unit.UNITS, Making.SUM, (), is_detail=False, meaning=""),
        Column("some_long_head_usd", Unit.USD, Making.SUM, (), is_detail=False, meaning=""),
    )
    row: tuple[Cell, ...] = ("stability-ai/stable-diffusion", "8 input_token, 9 b", Decimal(1))
    table = Table(new_head(month_period("2026-10", UTC)), columns, (row,), None)

    render = find_format("table").render
    roomy = render(table, Style(width=50)).decode().splitlines()[4:]
    tight = render(table, Style(width=40)).decode().splitlines()[4:]
    whole = render(table, Style()).decode().splitlines()[4:]

    assert [line.split() for line in roomy[:3]] == [["some"], ["long"], ["model", "units", "head"]]
    assert "stability-ai/stable-diffusion 8 input" in roomy[-1]
    assert max(map(len, roomy)) == 50
    assert max(map(len, tight)) == 40
    assert tight[-1].startswith("stabili")
    assert "…le-diffusion 8 input…" in tight[-1]
    assert whole[0].endswith("some long head")


@pytest.mark.parametrize(
    ("unrated", "amount", "text"),
    [(2, "1.2", "≥$1.20"), (2, "0", "≥$0.00"), (2, "0.004", ">$0.00"), (0, "1.2", "$1.20")],
)
def test_sum_that_lacks_something_is_the_least_it_can_be(
    unrated: int, amount: str, text: str
) -> None:
    columns = (
        dimension_column("line", ""),
        Column("cost_usd", Unit.USD, Making.SUM, ("unrated",), is_detail=False, meaning=""),
        Column("unrated", Unit.COUNT, Making.SUM, (), is_detail=True, meaning=""),
    )
    row = ("line 1", Decimal(amount), unrated)
    table = Table(new_head(month_period("2026-10", UTC)), columns, (row,), (None, *row[1:]))

    assert read_values(table) == [text, text]


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [(None, 2, "—"), (Decimal(1), 0, ""), (None, None, "")],
    ids=["unknown", "divided by nothing", "nothing to compare with"],
)
def test_cell_without_a_value_says_why(first: Cell, second: Cell, text: str) -> None:
    columns = {
        "first": Column("first", Unit.USD, Making.SUM, (), is_detail=False, meaning=""),
        "second": Column("second", Unit.COUNT, Making.EACH, (), is_detail=False, meaning=""),
    }
    quotient = Column(
        "quotient", Unit.PRICE, Making.RATIO, ("first", "second"), is_detail=False, meaning=""
    )
    line = {"first": first, "second": second, "quotient": None}

    assert absent_text(quotient, line, columns, is_sum=False) == text


def test_missing_tag_is_no_value_and_of_a_total_nothing() -> None:
    column = dimension_column("tag:team", "")

    assert absent_text(column, {"tag:team": None}, {"tag:team": column}, is_sum=False) == "(none)"
    assert absent_text(column, {"tag:team": None}, {"tag:team": column}, is_sum=True) == ""


def test_wide_signs_take_two_columns_and_accents_none() -> None:
    assert text_width("価格") == 4
    assert text_width("e\u0301") == 1
    assert cut("価格価格", 5) == "価格…"


def test_terminal_codes_are_written_out() -> None:
    table = new_table(["\x1b[31mred"], Unit.TEXT, Making.EACH)

    assert b"\\x1b[31mred" in find_format("table").render(table, Style())


def test_markdown_takes_text_as_text() -> None:
    table = new_table(["a|b *c* <d>"], Unit.TEXT, Making.EACH)

    assert rb"a\|b \*c\* \<d\>" in find_format("markdown").render(table, Style())


def test_unknown_is_empty_in_csv_and_null_in_json() -> None:
    table = new_table([None])

    assert find_format("csv").render(table, Style()) == b"line,value_usd\nline 0,\n"
    assert b'"value_usd": null' in find_format("json").render(table, Style())


def test_frame_keeps_exact_decimals_and_instants() -> None:
    frame = new_table([Decimal("0.000000310000000000000")]).to_polars()
    instants = new_table([datetime(2026, 10, 1, tzinfo=UTC)], Unit.INSTANT, Making.EACH).to_polars()

    assert str(frame.schema["value_usd"]) == "Decimal(precision=38, scale=21)"
    assert frame["value_usd"].to_list() == [Decimal("0.00000031")]
    assert instants["value_usd"].to_list() == [datetime(2026, 10, 1, tzinfo=UTC)]


def test_frame_of_no_lines_keeps_its_types() -> None:
    frame = new_table([]).to_polars()

    assert frame.height == 0
    assert str(frame.schema["value_usd"]) == "Decimal(precision=38, scale=21)"


@pytest.mark.parametrize(
    ("period", "text"),
    [
        pytest.param(
            month_period("2026-10", ZoneInfo("Europe/Berlin")),
            "2026-10-01 to 2026-10-31, Europe/Berlin",
            id="month",
        ),
        pytest.param(
            Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)),
            "2026-10-01, UTC",
            id="day",
        ),
        pytest.param(
            Period(datetime(2026, 10, 1, 5, tzinfo=UTC), None, ZoneInfo("Asia/Kolkata")),
            "from 2026-10-01T10:30:00+05:30, Asia/Kolkata",
            id="open end",
        ),
        pytest.param(Period(None, None), "all time, UTC", id="all"),
    ],
)
def test_period_reads_in_its_zone(period: Period, text: str) -> None:
    assert period_text(new_head(period)) == text


def test_report_of_what_was_known_before_any_record_says_so() -> None:
    period = month_period("2026-10", UTC)
    known_on = datetime(2020, 1, 1, tzinfo=UTC)
    head = Head("small", "Small", period, "", "", None, known_on, NOTHING)
    table = replace(new_table([]), head=head)

    text = find_format("table").render(table, Style()).decode()

    assert "no record had been taken in by then" in text
    assert "--prices-as-known-on" in text


def test_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownFormat) as caught:
        find_format("jsn")

    assert '"json"' in caught.value.help


def test_every_format_has_a_suffix_of_its_own() -> None:
    assert len({row.suffix for row in FORMATS.values()}) == len(FORMATS)


def test_terminal_that_is_narrow_shows_days_for_instants() -> None:
    table = new_table([datetime(2026, 10, 1, 12, tzinfo=UTC)], Unit.INSTANT, Making.EACH)

    wide, narrow = (
        find_format("table").render(table, Style(width=width)).decode() for width in (80, 20)
    )

    assert "2026-10-01T12:00:00Z" in wide
    assert narrow.splitlines()[-1].split() == ["line", "0", "2026-10-01"]
