"""What differs between books, and between a book and itself."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.diff import PriceDifference, diff_books, select_book
from pricing.error import UnknownBook, UnknownVersion
from pricing.price_change import price_percent, price_ratio, question_change
from tests.pricing.price_files import at, price_file, sku_rate, write_files

NOW = at("2026-03-29")
POSITIVE = st.decimals("0.000000000001", "99999", places=12)


def row(rows: tuple[PriceDifference, ...], name: str) -> PriceDifference:
    (found,) = [one for one in rows if one.key.name == name]
    return found


@pytest.mark.parametrize(
    ("sku", "ratio", "percent"),
    [
        ("cpu", "2.25", "125.00"),
        ("gpu-t4", "5.333333", "433.33"),
        ("gpu-a100-large", "8.214286", "721.43"),
    ],
)
def test_api_map_against_the_official_prices(sku: str, ratio: str, percent: str) -> None:
    official = select_book("replicate", folders=(), instant=NOW)
    api_map = select_book("api-map", folders=(), instant=NOW)

    difference = row(diff_books(official, api_map), sku)

    assert (difference.ratio, difference.percent) == (Decimal(ratio), Decimal(percent))


def test_a40_against_the_last_official_price() -> None:
    official = select_book("replicate@2025-05-16", folders=(), instant=NOW)
    api_map = select_book("api-map", folders=(), instant=NOW)

    rows = diff_books(official, api_map)

    assert [row(rows, sku).ratio for sku in ("gpu-a40-small", "gpu-a40-large")] == [
        Decimal(4),
        Decimal("3.172414"),
    ]


def test_two_versions_of_a_book() -> None:
    rows = diff_books(
        select_book("replicate@2023-07-31", folders=(), instant=NOW),
        select_book("replicate@2023-10-30", folders=(), instant=NOW),
    )

    assert row(rows, "gpu-t4").percent == Decimal("-59.09")
    assert row(rows, "gpu-a40-large-2x").price_a_usd is None
    assert row(rows, "gpu-a40-large-2x").is_change


def test_correction_is_told_from_what_it_corrects(tmp_path: Path) -> None:
    head = 'corrects = "1"\nreason = "misread"\n'
    folder = write_files(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.1") + sku_rate("cpu", "1")),
        price_file(
            head + sku_rate("gpu-t4", "0.2"),
            version="2",
            known_since="2024-06-01",
            kind="correction",
        ),
    )
    a, b = (select_book(f"test@{name}", folders=[folder], instant=NOW) for name in ("1", "2"))

    changed = [one for one in diff_books(a, b) if one.is_change]

    assert [(str(one.key), str(one.ratio)) for one in changed] == [("gpu-t4 per second", "2")]


def test_book_does_not_differ_from_itself() -> None:
    book = select_book("replicate", folders=(), instant=NOW)

    assert not any(one.is_change for one in diff_books(book, book))


@pytest.mark.parametrize(("text", "error"), [("no", UnknownBook), ("replicate@no", UnknownVersion)])
def test_unknown_selection_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        select_book(text, folders=(), instant=NOW)


@given(POSITIVE, POSITIVE)
def test_ratio_and_percent_agree_with_fractions(old: Decimal, new: Decimal) -> None:
    ratio, percent = price_ratio(old, new), price_percent(old, new)

    assert ratio is not None
    assert percent is not None
    exact = Fraction(new) / Fraction(old)
    tolerance = exact / 10**20
    assert abs(Fraction(ratio) - exact) <= Fraction(1, 2 * 10**6) + tolerance
    assert abs(Fraction(percent) - (exact - 1) * 100) <= Fraction(1, 200) + 100 * tolerance


def test_change_from_free_has_no_ratio() -> None:
    assert price_ratio(Decimal(0), Decimal(1)) is None
    assert price_percent(Decimal(0), Decimal(1)) is None


@pytest.mark.parametrize(
    ("old", "new", "asked"),
    [
        pytest.param("1", "2.999", None, id="below three"),
        pytest.param("1", "3", "3 times", id="three times"),
        pytest.param("3", "1", "0.333 times", id="a third"),
        pytest.param("0.3", "3", "a slip by 10", id="times ten"),
        pytest.param("0.000225", "0.225", "a slip by 1000", id="times a thousand"),
        pytest.param("0.003", "0.000003", "a slip by 1000", id="by a thousand"),
        pytest.param("1", "10.1", "a slip by 10", id="about ten"),
        pytest.param("1", "12", "12 times", id="twelve"),
        pytest.param(None, "12", None, id="no earlier price"),
        pytest.param("12", None, None, id="withdrawn"),
    ],
)
def test_question_about_a_change(old: str | None, new: str | None, asked: str | None) -> None:
    prices = [None if text is None else Decimal(text) for text in (old, new)]

    question = question_change(prices[0], prices[1], "the old price")

    if asked is None:
        assert question is None
    else:
        assert question is not None
        assert asked in question
