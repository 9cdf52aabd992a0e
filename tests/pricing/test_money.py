"""Exact amounts: read, multiplied, rounded and written."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.error import InexactDecimal, NotADecimal
from pricing.money import (
    AMOUNT_DIGITS,
    AMOUNT_SCALE,
    PRICE_DIGITS,
    PRICE_SCALE,
    QUANTITY_DIGITS,
    QUANTITY_SCALE,
    add_exact,
    amount_usd,
    format_usd,
    parse_decimal,
    parse_price,
    round_half_up,
    round_lines,
    shortest,
)


def decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    """Give every number of so many digits and decimals."""
    return st.integers(-(10**digits) + 1, 10**digits - 1).map(lambda n: Decimal(n).scaleb(-scale))


PRICES = decimals(PRICE_DIGITS, PRICE_SCALE)
QUANTITIES = decimals(QUANTITY_DIGITS, QUANTITY_SCALE)
AMOUNTS = decimals(AMOUNT_DIGITS, AMOUNT_SCALE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0.000225", "0.000225", id="plain"),
        pytest.param("6.5e-07", "0.00000065", id="scientific"),
        pytest.param("1e3", "1000", id="positive exponent"),
        pytest.param("-2.50", "-2.5", id="negative, zeros dropped"),
        pytest.param("0e-400", "0", id="zero"),
        pytest.param("-0", "0", id="zero has no sign"),
        pytest.param("0.1000000000000000000", "0.1", id="zeros beyond the scale"),
        pytest.param("99999999.999999999999", "99999999.999999999999", id="largest price"),
    ],
)
def test_decimal_is_read_exactly(text: str, expected: str) -> None:
    assert format(parse_price(text), "f") == expected


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "NaN", "Infinity", "1_000", "0x1", "٣", "1,5", "+1", ".5", "1.", "--1"]
)
def test_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotADecimal, match="is not a number"):
        parse_price(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("0.0000000000001", id="13 decimals"),
        pytest.param("100000000", id="9 digits before the point"),
        pytest.param("1e300", id="huge"),
        pytest.param("1e-300", id="tiny"),
    ],
)
def test_number_that_would_be_rounded_is_refused(text: str) -> None:
    with pytest.raises(InexactDecimal, match="never rounded silently"):
        parse_price(text)


@pytest.mark.parametrize("text", ["1" * 101, "1e99999"])
def test_bomb_is_refused_at_once(text: str) -> None:
    with pytest.raises((NotADecimal, InexactDecimal)):
        parse_price(text)


@given(QUANTITIES)
def test_decimal_survives_writing_and_reading(number: Decimal) -> None:
    text = format(number, "f")

    assert parse_decimal(text, digits=QUANTITY_DIGITS, scale=QUANTITY_SCALE) == number


@given(PRICES, QUANTITIES)
def test_amount_is_the_product_of_fractions(price: Decimal, quantity: Decimal) -> None:
    amount = amount_usd(price, quantity)

    assert Fraction(amount) == Fraction(price) * Fraction(quantity)


@pytest.mark.parametrize(
    ("price", "quantity", "expected"),
    [
        pytest.param("0.000975", "0.128148", "0.0001249443", id="canceled on l40s"),
        pytest.param("0.0016", "383.515459", "0.6136247344", id="private a40-large in 2023"),
        pytest.param("0.000725", "502.713876", "0.3644675601", id="training on a40-large"),
        pytest.param("0.0014", "10", "0.014", id="seconds are not milliseconds"),
    ],
)
def test_amount_of_the_facts(price: str, quantity: str, expected: str) -> None:
    assert amount_usd(Decimal(price), Decimal(quantity)) == Decimal(expected)


def test_a_million_tiny_charges_sum_to_their_total() -> None:
    total = add_exact([Decimal("0.00000031")] * 1_000_000)

    assert total == Decimal("0.31")
    assert format_usd(total) == "$0.31"


@given(AMOUNTS, st.integers(0, 6))
def test_rounding_is_half_up_of_fractions(amount: Decimal, places: int) -> None:
    scaled = abs(Fraction(amount)) * 10**places
    expected = Fraction(int(scaled + Fraction(1, 2)), 10**places) * (-1 if amount < 0 else 1)

    assert Fraction(round_half_up(amount, places)) == expected


@given(st.lists(AMOUNTS, max_size=90), st.integers(0, 6))
def test_rounded_lines_sum_to_the_rounded_total(amounts: list[Decimal], places: int) -> None:
    lines = round_lines(amounts, places)

    assert add_exact(lines) == round_half_up(add_exact(amounts), places)


@given(st.lists(AMOUNTS, max_size=30), st.integers(0, 6))
def test_no_rounded_line_moves_by_a_whole_digit(amounts: list[Decimal], places: int) -> None:
    lines = round_lines(amounts, places)

    moved = [
        abs(Fraction(line) - Fraction(amount)) for line, amount in zip(lines, amounts, strict=True)
    ]
    assert all(distance < Fraction(1, 10**places) for distance in moved)


def test_81_lines_of_another_tool_sum_to_the_total() -> None:
    amounts = [Decimal("284.8460")] * 80 + [Decimal("284.8496")]

    lines = round_lines(amounts, 2)

    assert add_exact(amounts) == Decimal("23072.5296")
    assert add_exact(lines) == Decimal("23072.53")


def test_rounded_lines_prefer_the_earlier_of_equals() -> None:
    assert round_lines([Decimal("0.005")] * 4, 2) == [
        Decimal(text) for text in ("0.01", "0.01", "0.00", "0.00")
    ]


@pytest.mark.parametrize(
    ("amount", "full", "expected"),
    [
        pytest.param(None, False, "—", id="unknown"),
        pytest.param(None, True, "—", id="unknown in full"),
        pytest.param("0", False, "$0.00", id="nothing"),
        pytest.param("0E-21", True, "$0.00", id="nothing in full"),
        pytest.param("0.0049999", False, "<$0.01", id="too little to show"),
        pytest.param("-0.0049999", False, ">-$0.01", id="too little below zero"),
        pytest.param("0.005", False, "$0.01", id="half a cent"),
        pytest.param("1070936.125", False, "$1,070,936.13", id="thousands"),
        pytest.param("-1234.5", False, "-$1,234.50", id="negative"),
        pytest.param("0.000000310000", True, "$0.00000031", id="every digit"),
        pytest.param("1200.5", True, "$1,200.50", id="at least cents"),
        pytest.param("1E+3", True, "$1,000.00", id="no scientific notation"),
    ],
)
def test_amount_is_written_for_people(amount: str | None, full: bool, expected: str) -> None:
    number = None if amount is None else Decimal(amount)

    assert format_usd(number, full=full) == expected


@given(AMOUNTS)
def test_shortest_changes_no_value_and_stays_plain(amount: Decimal) -> None:
    short = shortest(amount)

    assert short == amount
    assert "E+" not in str(short)
