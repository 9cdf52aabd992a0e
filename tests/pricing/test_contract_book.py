"""Books that build on another: contracted and list price, both known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.book import (
    BookVersion,
    Discount,
    PriceBook,
    Rate,
    RateInterval,
    build_book,
    load_book,
)
from pricing.error import BaseConflict, BookCycle, UnknownBook
from tests.pricing.price_files import at, model_rate, price_file, second_key, sku_rate, write_files

LIST = price_file(
    sku_rate("gpu-t4", "0.4") + sku_rate("gpu-l40s", "1") + model_rate("0.03"), book="list"
)
MOVE = price_file(sku_rate("gpu-t4", "0.2"), book="list", version="2", effective_from="2024-07-01")


def contract(tmp_path: Path, *bodies: str, base: str = "list") -> PriceBook:
    write_files(tmp_path, LIST, MOVE, book="list")
    texts = [
        price_file(
            f'builds_on = "{base}"\n{body}',
            version=str(number),
            effective_from=f"2024-0{number}-01",
        )
        for number, body in enumerate(bodies, 1)
    ]
    return load_book("test", folders=[write_files(tmp_path, *texts)])


def prices(interval: RateInterval | None) -> tuple[str, str] | None:
    if interval is None:
        return None
    return str(interval.rate.price_usd), str(interval.list_price_usd)


def test_own_rate_wins_and_the_list_price_stays_known(tmp_path: Path) -> None:
    book = contract(tmp_path, sku_rate("gpu-t4", "0.1"))

    assert prices(book.sku_rate("gpu-t4", at("2024-03-01"))) == ("0.1", "0.4")
    assert prices(book.sku_rate("gpu-t4", at("2024-08-01"))) == ("0.1", "0.2")
    assert prices(book.sku_rate("gpu-l40s", at("2024-08-01"))) == ("1", "1")


def test_discount_follows_the_list_price(tmp_path: Path) -> None:
    book = contract(tmp_path, '[discount]\npercent = "12.5"\n')

    assert prices(book.sku_rate("gpu-t4", at("2024-03-01"))) == ("0.35", "0.4")
    assert prices(book.sku_rate("gpu-t4", at("2024-07-01"))) == ("0.175", "0.2")
    (interval,) = book.model_rates("acme/painter", at("2024-03-01"))
    assert prices(interval) == ("0.02625", "0.03")


def test_discounted_rate_says_what_it_is_made_of(tmp_path: Path) -> None:
    book = contract(tmp_path, '[discount]\npercent = "12.5"\n')

    interval = book.sku_rate("gpu-t4", at("2024-03-01"))

    assert interval is not None
    assert interval.rate.reference == "test@1"
    assert interval.rate.note == "12.5 % off list@1"


def test_narrowest_discount_is_taken(tmp_path: Path) -> None:
    body = (
        '[[discount]]\npercent = "10"\n\n'
        '[[discount]]\npercent = "20"\nsku = "gpu-*"\n\n'
        '[[discount]]\npercent = "50"\nsku = "gpu-t4"\n'
    )
    book = contract(tmp_path, body)

    assert prices(book.sku_rate("gpu-t4", at("2024-03-01"))) == ("0.2", "0.4")
    assert prices(book.sku_rate("gpu-l40s", at("2024-03-01"))) == ("0.8", "1")
    (interval,) = book.model_rates("acme/painter", at("2024-03-01"))
    assert prices(interval) == ("0.027", "0.03")


def test_discount_begins_and_ends_at_instants(tmp_path: Path) -> None:
    book = contract(tmp_path, "", '[discount]\npercent = "50"\n', '[discount]\npercent = "0"\n')

    found = [
        prices(book.sku_rate("gpu-t4", at(instant)))
        for instant in ("2024-01-31T23:59:59.999999", "2024-02-01", "2024-03-01")
    ]

    assert found == [("0.4", "0.4"), ("0.2", "0.4"), ("0.4", "0.4")]


def test_own_rate_withdrawn_gives_the_list_price_again(tmp_path: Path) -> None:
    ended = '\n[[rate]]\nsku = "gpu-t4"\nunit = "second"\nwithdrawn = true\n'
    book = contract(tmp_path, sku_rate("gpu-t4", "0.1"), ended)

    assert prices(book.sku_rate("gpu-t4", at("2024-02-01"))) == ("0.4", "0.4")


def test_what_only_the_contract_prices_is_its_own_list_price(tmp_path: Path) -> None:
    book = contract(tmp_path, sku_rate("gpu-h100", "3"))

    assert prices(book.sku_rate("gpu-h100", at("2024-02-01"))) == ("3", "3")


def test_breakpoints_hold_changes_of_both_books(tmp_path: Path) -> None:
    book = contract(tmp_path, "", '[discount]\npercent = "50"\n')

    assert book.breakpoints("gpu-t4", None) == (
        at("2024-01-01"),
        at("2024-02-01"),
        at("2024-07-01"),
    )


def test_discount_has_at_most_twelve_decimals(tmp_path: Path) -> None:
    write_files(
        tmp_path, price_file(sku_rate("gpu-t4", "0.000000000003"), book="list"), book="list"
    )
    text = price_file('builds_on = "list"\n[discount]\npercent = "50"\n')

    book = load_book("test", folders=[write_files(tmp_path, text)])

    interval = book.sku_rate("gpu-t4", at("2024-02-01"))
    assert interval is not None
    assert interval.rate.price_usd == Decimal("0.000000000002")


def test_digest_changes_with_the_base(tmp_path: Path) -> None:
    text = price_file('builds_on = "list"\n')
    one = write_files(write_files(tmp_path / "one", LIST, book="list"), text)
    two = write_files(write_files(tmp_path / "two", LIST, MOVE, book="list"), text)

    digests = {load_book("test", folders=[folder]).digest for folder in (one, two)}

    assert len(digests) == 2


def test_discount_on_the_shipped_book(tmp_path: Path) -> None:
    text = price_file('builds_on = "replicate"\n[discount]\npercent = "10"\n')

    book = load_book("test", folders=[write_files(tmp_path, text)])

    assert prices(book.sku_rate("gpu-l40s", at("2026-01-01"))) == ("0.0008775", "0.000975")
    assert book.pick_rates("black-forest-labs/flux-schnell", at("2026-10-08"), {}).is_complete


def test_unknown_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownBook, match="no price book 'nowhere'"):
        contract(tmp_path, "", base="nowhere")


def test_books_that_build_on_each_other_are_refused(tmp_path: Path) -> None:
    write_files(tmp_path, price_file('builds_on = "test"\n', book="other"), book="other")
    write_files(tmp_path, price_file('builds_on = "other"\n'))

    with pytest.raises(BookCycle, match="test -> other -> test"):
        load_book("test", folders=[tmp_path])


def test_versions_that_build_on_different_books_are_refused(tmp_path: Path) -> None:
    texts = (
        price_file('builds_on = "replicate"\n'),
        price_file('builds_on = "api-map"\n', version="2"),
    )

    with pytest.raises(BaseConflict, match="api-map, replicate"):
        load_book("test", folders=[write_files(tmp_path, *texts)])


DAYS = st.integers(0, 60).map(lambda day: at("2024-01-01") + timedelta(days=day))
PRICED = st.dictionaries(DAYS, st.none() | st.decimals("0.01", "9", places=2), max_size=6)
PERCENTS = st.dictionaries(DAYS, st.decimals(0, 99, places=0), max_size=4)


@given(PRICED, PRICED, PERCENTS, DAYS)
def test_contract_over_list_is_one_price_at_an_instant(
    listed: dict[datetime, Decimal | None],
    own: dict[datetime, Decimal | None],
    percents: dict[datetime, Decimal],
    instant: datetime,
) -> None:
    base = build_book("list", [_version(listed)])
    discounts = tuple(Discount(percent, since) for since, percent in percents.items())
    book = build_book("test", [replace(_version(own), discounts=discounts)], base=base)

    list_price, own_price = _latest(listed, instant), _latest(own, instant)
    kept = (100 - (_latest(percents, instant) or 0)) * Decimal("0.01")
    discounted = None if list_price is None else list_price * kept
    interval = book.sku_rate("gpu-t4", instant)

    assert (interval.rate.price_usd if interval else None) == (own_price or discounted)
    if interval:
        assert interval.contains(instant)
        assert interval.list_price_usd == (list_price or own_price)


def _version(prices: dict[datetime, Decimal | None]) -> BookVersion:
    since = at("2024-01-01")
    rates = tuple(Rate(second_key(), price, instant) for instant, price in prices.items())
    return BookVersion("test", "1", since, since, rates=rates)


def _latest(values: Mapping[datetime, Decimal | None], instant: datetime) -> Decimal | None:
    past = [since for since in values if since <= instant]
    return values[max(past)] if past else None


TIERED = price_file(
    model_rate("0.4", 'with_audio = "true"')
    + model_rate("0.2", 'with_audio = "false"')
    + model_rate("9", unit="run"),
    book="list",
)
AUDIO, SILENT = {"with_audio": "true"}, {"with_audio": "false"}


def tiered(tmp_path: Path, *bodies: str, listed: str = TIERED) -> PriceBook:
    write_files(tmp_path, listed, book="list")
    texts = [
        price_file(
            f'builds_on = "list"\n{body}', version=str(number), effective_from=f"2024-0{number}-01"
        )
        for number, body in enumerate(bodies, 2)
    ]
    return load_book("test", folders=[write_files(tmp_path, *texts)])


def picked(book: PriceBook, selectors: dict[str, str], day: str = "2024-02-15") -> dict[str, str]:
    """Contracted and list price of each unit that a record falls under."""
    found = book.pick_rates("acme/painter", at(day), selectors)
    assert found.is_complete
    return {one.rate.key.unit: "{} of {}".format(*prices(one) or ()) for one in found.rates}


def test_own_rate_speaks_for_all_tiers_of_its_unit(tmp_path: Path) -> None:
    book = tiered(tmp_path, model_rate("0.01"))

    assert picked(book, AUDIO) == {"output_image": "0.01 of 0.4", "run": "9 of 9"}
    assert picked(book, SILENT) == {"output_image": "0.01 of 0.2", "run": "9 of 9"}
    assert picked(book, {}) == {"output_image": "0.01 of 0.01", "run": "9 of 9"}
    assert picked(book, AUDIO, "2024-01-15")["output_image"] == "0.4 of 0.4"


def test_own_rate_of_a_tier_wins_over_the_own_rate_of_all(tmp_path: Path) -> None:
    book = tiered(tmp_path, model_rate("0.01") + model_rate("0.03", 'with_audio = "true"'))

    assert picked(book, AUDIO)["output_image"] == "0.03 of 0.4"
    assert picked(book, SILENT)["output_image"] == "0.01 of 0.2"


def test_own_rate_withdrawn_lets_the_tiers_of_the_list_speak_again(tmp_path: Path) -> None:
    ended = model_rate("0.01").replace('price_usd = "0.01"', "withdrawn = true")
    book = tiered(tmp_path, model_rate("0.01"), ended)

    assert picked(book, AUDIO, "2024-03-15")["output_image"] == "0.4 of 0.4"


def test_own_rate_of_a_tier_leaves_other_tiers_to_the_discount(tmp_path: Path) -> None:
    discount = '[discount]\npercent = "50"\n'
    book = tiered(tmp_path, discount + model_rate("0.03", 'with_audio = "true"'))

    assert picked(book, AUDIO)["output_image"] == "0.03 of 0.4"
    assert picked(book, SILENT)["output_image"] == "0.1 of 0.2"


def test_list_price_of_a_silent_tier_follows_the_list(tmp_path: Path) -> None:
    book = tiered(tmp_path, model_rate("0.01"))
    move = price_file(
        model_rate("0.5", 'with_audio = "true"'),
        book="list",
        version="2",
        effective_from="2024-06-01",
    )
    write_files(tmp_path, move, book="list")
    book = load_book("test", folders=[tmp_path])

    assert picked(book, AUDIO, "2024-06-01")["output_image"] == "0.01 of 0.5"
    assert at("2024-06-01") in book.breakpoints(None, "acme/painter")


def test_contract_rate_for_a_shipped_model_with_tiers_is_charged(tmp_path: Path) -> None:
    rate = model_rate("0.01", unit="output_video_second").replace("acme/painter", "google/veo-3")
    text = price_file('builds_on = "replicate"\n' + rate, effective_from="2026-01-01")
    book = load_book("test", folders=[write_files(tmp_path, text)])

    found = book.pick_rates("google/veo-3", at("2026-10-08"), {})

    assert [prices(one) for one in found.rates] == [("0.01", "0.4")]
