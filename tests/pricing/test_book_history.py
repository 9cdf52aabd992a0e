"""The shipped official prices and the API Map's, against the table of the facts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pricing.book import PriceBook, load_book
from pricing.rate import Confidence
from pricing.sku import skus
from tests.pricing.price_files import at

COLUMNS = ("2023-01-10", "2023-07-31", "2023-10-30", "2024-11-15", "2025-05-16", "2025-12-01")
# USD per second from each column's day on; "-" where no price is known or the tier is gone.
PRICES = """
cpu-small          -        -        -        -        -        0.000025
cpu                0.0002   0.0002   0.0001   0.0001   0.0001   0.0001
gpu-t4             0.00055  0.00055  0.000225 0.000225 0.000225 0.000225
gpu-a40-small      -        0.0013   0.000575 0.000575 0.000575 -
gpu-a40-large      -        0.0016   0.000725 0.000725 0.000725 -
gpu-a40-large-2x   -        -        0.00145  0.00145  0.00145  -
gpu-a40-large-4x   -        -        0.0029   0.0029   0.0029   -
gpu-a40-large-8x   -        0.004708 0.0058   0.0058   0.0058   -
gpu-a100-small     0.0023   0.0023   0.00115  -        -        -
gpu-a100-large     -        0.0032   0.0014   0.0014   0.0014   0.0014
gpu-a100-large-2x  -        -        0.0028   0.0028   0.0028   0.0028
gpu-a100-large-4x  -        -        0.0056   0.0056   0.0056   0.0056
gpu-a100-large-8x  -        -        0.0112   0.0112   0.0112   0.0112
gpu-l40s           -        -        -        0.000972 0.000975 0.000975
gpu-l40s-2x        -        -        -        0.001944 0.00195  0.00195
gpu-l40s-4x        -        -        -        0.003888 0.0039   0.0039
gpu-l40s-8x        -        -        -        0.007776 0.0078   0.0078
gpu-h100           -        -        -        -        0.001525 0.001525
gpu-h100-2x        -        -        -        -        0.00305  0.00305
gpu-h100-4x        -        -        -        -        0.0061   0.0061
gpu-h100-8x        -        -        -        -        0.0122   0.0122
"""
CELLS = [
    (sku, day, None if cell == "-" else Decimal(cell))
    for sku, *cells in (line.split() for line in PRICES.strip().splitlines())
    for day, cell in zip(COLUMNS, cells, strict=True)
]


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_book("replicate", folders=())


@pytest.fixture(scope="module")
def api_map() -> PriceBook:
    return load_book("api-map", folders=())


def price_of(book: PriceBook, sku: str, instant: str) -> Decimal | None:
    interval = book.sku_rate(sku, at(instant))
    return interval.rate.price_usd if interval else None


@pytest.mark.parametrize(("sku", "day", "price"), CELLS)
def test_cell_of_the_facts(book: PriceBook, sku: str, day: str, price: Decimal | None) -> None:
    assert price_of(book, sku, day) == price


def test_table_of_the_facts_has_every_tier(book: PriceBook) -> None:
    assert {sku for sku, _, _ in CELLS} == set(skus())
    assert set(book.sku_seconds) == set(skus())


@pytest.mark.parametrize(
    ("sku", "instant", "price"),
    [
        pytest.param("gpu-t4", "2023-01-09T23:59:59.999999", None, id="before the first price"),
        pytest.param("gpu-t4", "2023-07-31", "0.00055", id="example of 2023-07-31"),
        pytest.param("gpu-t4", "2023-11-01", "0.000225", id="example of 2023-11-01"),
        pytest.param("gpu-t4", "2023-10-29T23:59:59.999999", "0.00055", id="last old microsecond"),
        pytest.param("gpu-t4", "2023-10-30", "0.000225", id="first new microsecond"),
        pytest.param("gpu-l40s", "2025-03-01", "0.000972", id="l40s before the dated source"),
        pytest.param("gpu-a40-large", "2025-11-30T23:59:59.999999", "0.000725", id="last of a40"),
        pytest.param("gpu-a40-large", "2026-10-01", None, id="withdrawn"),
        pytest.param("gpu-l40s", "2026-11-21", "0.000975", id="today"),
    ],
)
def test_price_at(book: PriceBook, sku: str, instant: str, price: str | None) -> None:
    assert price_of(book, sku, instant) == (None if price is None else Decimal(price))


def test_withdrawn_tier_is_told_from_an_unknown_one(book: PriceBook) -> None:
    (timeline,) = book.history("gpu-a40-large")

    interval = timeline.at(at("2026-01-01"))

    assert interval is not None
    assert interval.is_withdrawn
    assert book.history("gpu-b200") == ()


def test_trainer_has_its_own_rate(book: PriceBook) -> None:
    interval = book.model_second_rate("ostris/flux-dev-lora-trainer", at("2025-06-01"))

    assert interval is not None
    assert interval.rate.price_usd == Decimal("0.001528")
    assert interval.rate.confidence is Confidence.MEDIUM
    assert not book.has_unit_prices("ostris/flux-dev-lora-trainer", at("2026-01-01"))


def test_choice_on_the_l40s_is_told(book: PriceBook) -> None:
    interval = book.sku_rate("gpu-l40s", at("2025-05-16"))

    assert interval is not None
    assert "early in 2025" in interval.rate.note


def test_every_rate_tells_its_source_and_date(book: PriceBook) -> None:
    bare = [
        rate.key
        for version in book.versions
        for rate in version.rates
        if not (rate.source and rate.checked_on and (rate.published or rate.is_withdrawn))
    ]

    assert bare == []


@pytest.mark.parametrize(
    ("sku", "price"),
    [
        ("cpu", "0.000225"),
        ("gpu-t4", "0.0012"),
        ("gpu-a40-small", "0.0023"),
        ("gpu-a40-large", "0.0023"),
        ("gpu-a100-large", "0.0115"),
    ],
)
def test_api_map_is_exactly_as_listed(api_map: PriceBook, sku: str, price: str) -> None:
    assert price_of(api_map, sku, "2026-03-29") == Decimal(price)


def test_api_map_prices_nothing_else(api_map: PriceBook) -> None:
    assert len(api_map.timelines) == 5
    assert api_map.in_force(at("2026-03-28T23:59:59")) == ()
    assert "$0.003 to $0.012 per image" in api_map.versions[0].note


def test_unit_prices_of_the_facts(book: PriceBook) -> None:
    prices = {
        (model, unit): [
            interval.rate.price_usd
            for interval in book.model_rates(model, at("2026-10-08"))
            if interval.rate.key.unit == unit
        ]
        for model, unit in (
            ("black-forest-labs/flux-schnell", "output_image"),
            ("black-forest-labs/flux-1.1-pro", "output_image"),
            ("deepseek-ai/deepseek-r1", "input_token"),
            ("deepseek-ai/deepseek-r1", "output_token"),
        )
    }

    assert [price for found in prices.values() for price in found] == [
        Decimal("0.003"),
        Decimal("0.04"),
        Decimal("0.00000375"),
        Decimal("0.00001"),
    ]


def test_shipped_files_bear_the_name_of_their_version() -> None:
    books = [load_book(name, folders=()) for name in ("replicate", "api-map")]

    wrong = [
        version.path
        for book in books
        for version in book.versions
        if version.path != f"books/{book.name}/{version.version}.toml"
    ]

    assert wrong == []
    assert all(Path(version.path).suffix == ".toml" for version in books[0].versions)
