"""Which tier a record falls into, and when none can be picked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.book import BookVersion, Picked, PriceBook, RateKey, RateSubject, load_book
from pricing.tier import parse_condition
from tests.pricing.price_files import (
    at,
    book_of,
    model_rate,
    one_rate,
    price_file,
    write_files,
)

VIDEO = "output_video_second"
DEFAULT = '\n[[default]]\nmodel = "acme/painter"\nwhen = { with_audio = "false" }\n'


def book_with(tmp_path: Path, *bodies: str) -> PriceBook:
    return load_book("test", folders=[write_files(tmp_path, price_file("".join(bodies)))])


def pick(book: PriceBook, selectors: Mapping[str, str]) -> Picked:
    return book.pick_rates("acme/painter", at("2024-02-01"), selectors)


def prices(picked: Picked) -> dict[str, str]:
    return {one.rate.key.unit: str(one.rate.price_usd) for one in picked.rates}


@pytest.mark.parametrize(
    ("condition", "value", "is_met"),
    [
        pytest.param("720p", "720P", True, id="case does not count"),
        pytest.param("4K", "4k ", True, id="nor spaces around"),
        pytest.param("720p", "1080p", False, id="other text"),
        pytest.param("6", "6.0", True, id="numbers as numbers"),
        pytest.param("true", "True", True, id="flags"),
        pytest.param(">24,<=48", "24", False, id="exclusive bound"),
        pytest.param(">24,<=48", "24.0001", True, id="just inside"),
        pytest.param("> 24, <= 48", "48", True, id="inclusive bound"),
        pytest.param(">=24,<48", "24", True, id="inclusive lower"),
        pytest.param(">=24,<48", "48", False, id="exclusive upper"),
        pytest.param("<=24", "auto", False, id="no number"),
        pytest.param("<=24", "NaN", False, id="nan"),
        pytest.param(">9", "10", True, id="not compared as text"),
    ],
)
def test_condition(condition: str, value: str, is_met: bool) -> None:
    assert parse_condition(condition).is_met_by(value) is is_met


@given(st.text(max_size=20))
def test_condition_is_met_by_its_own_text(text: str) -> None:
    condition = parse_condition(text)

    assert condition.bounds or condition.is_met_by(text)
    assert parse_condition(condition.text) == condition


def test_tier_is_picked_by_what_the_record_shows(tmp_path: Path) -> None:
    book = book_with(
        tmp_path,
        model_rate("0.1", 'resolution = "720p"', unit=VIDEO),
        model_rate("0.2", 'resolution = "1080p"', unit=VIDEO),
    )

    assert prices(pick(book, {"resolution": "1080P"})) == {VIDEO: "0.2"}


def test_most_specific_tier_is_picked(tmp_path: Path) -> None:
    book = book_with(
        tmp_path,
        model_rate("0.1"),
        model_rate("0.2", 'resolution = "720p"'),
        model_rate("0.3", 'resolution = "720p", with_audio = "true"'),
    )
    shown = {"resolution": "720p", "with_audio": "true"}

    assert prices(pick(book, shown)) == {"output_image": "0.3"}
    assert prices(pick(book, {**shown, "with_audio": "false"})) == {"output_image": "0.2"}
    assert prices(pick(book, {"resolution": "480p"})) == {"output_image": "0.1"}


def test_missing_selector_takes_the_default(tmp_path: Path) -> None:
    book = book_with(
        tmp_path,
        model_rate("0.1", 'with_audio = "false"'),
        model_rate("0.2", "with_audio = true"),
        DEFAULT,
    )

    assert prices(pick(book, {})) == {"output_image": "0.1"}
    assert prices(pick(book, {"with_audio": "true"})) == {"output_image": "0.2"}


def test_missing_selector_without_default_is_told_and_not_guessed(tmp_path: Path) -> None:
    book = book_with(tmp_path, model_rate("0.1", 'mode = "std"'), model_rate("0.2", 'mode = "pro"'))

    picked = pick(book, {})

    assert not picked.is_complete
    assert [str(miss) for miss in picked.missed] == [
        "output_image: mode is missing; priced are pro, std"
    ]


def test_missing_selector_that_could_lead_to_a_narrower_tier_is_told(tmp_path: Path) -> None:
    book = book_with(tmp_path, model_rate("0.1"), model_rate("0.2", 'mode = "pro"'))

    picked = pick(book, {})

    assert (picked.rates, picked.missed[0].selector) == ((), "mode")


def test_missing_selector_that_cannot_matter_is_not_asked_for(tmp_path: Path) -> None:
    book = book_with(
        tmp_path,
        model_rate("0.1", 'resolution = "480p"'),
        model_rate("0.2", 'resolution = "720p", with_audio = "true"'),
        model_rate("0.3", 'resolution = "720p", with_audio = "false"'),
    )

    assert prices(pick(book, {"resolution": "480p"})) == {"output_image": "0.1"}
    assert pick(book, {"resolution": "720p"}).missed[0].selector == "with_audio"


def test_unpriced_value_is_told_and_not_rounded_to_the_nearest(tmp_path: Path) -> None:
    book = book_with(
        tmp_path,
        model_rate("0.1", 'output_megapixels = "<=24", mode = "std"'),
        model_rate("0.2", 'output_megapixels = ">24,<=48", mode = "std"'),
    )

    picked = pick(book, {"output_megapixels": "48.5", "mode": "std"})

    assert [str(miss) for miss in picked.missed] == [
        "output_image: output_megapixels '48.5' has no price; priced are <=24, >24,<=48"
    ]


def test_two_tiers_that_match_equally_well_are_told(tmp_path: Path) -> None:
    book = book_with(
        tmp_path, model_rate("0.1", 'resolution = "720p"'), model_rate("0.2", 'mode = "pro"')
    )

    picked = pick(book, {"resolution": "720p", "mode": "pro"})

    assert picked.rates == ()
    assert "several tiers match equally well" in str(picked.missed[0])


def test_each_unit_picks_its_own_tier(tmp_path: Path) -> None:
    book = book_with(
        tmp_path,
        model_rate("0.1", unit="run"),
        model_rate("0.2", 'resolution = "720p"', unit=VIDEO),
    )

    assert prices(pick(book, {"resolution": "720p"})) == {"run": "0.1", VIDEO: "0.2"}
    assert not pick(book, {"resolution": "540p"}).is_complete


def test_unit_of_another_mode_is_not_charged(tmp_path: Path) -> None:
    book = book_with(
        tmp_path,
        model_rate("0.1", 'mode = "std"', unit="run"),
        model_rate("0.2", 'mode = "pro"', unit=VIDEO),
    )

    picked = pick(book, {"mode": "pro"})

    assert picked.is_complete
    assert prices(picked) == {VIDEO: "0.2"}


def test_unknown_model_has_no_tier(tmp_path: Path) -> None:
    book = book_with(tmp_path, model_rate("0.1"))

    picked = book.pick_rates("acme/other", at("2024-02-01"), {})

    assert (picked.rates, picked.missed, picked.is_complete) == ((), (), False)
    assert not book.has_unit_prices("acme/other", at("2024-02-01"))


def test_free_tier_is_a_price_and_not_an_absence(tmp_path: Path) -> None:
    free = model_rate("0.1").replace('price_usd = "0.1"', "free = true")

    assert prices(pick(book_with(tmp_path, free), {})) == {"output_image": "0"}


@given(
    st.lists(st.sampled_from(["480p", "720p", "1080p", "4k"]), min_size=1, max_size=4, unique=True),
    st.sampled_from(["480p", "720p", "1080p", "4k", "8k"]),
)
def test_picked_tier_is_the_asked_one_or_none(priced: list[str], asked: str) -> None:
    since = at("2024-01-01")
    keys = [RateKey(RateSubject.MODEL, "acme/painter", "run", (("resolution", p),)) for p in priced]
    rates = tuple(one_rate("0.1", since, key) for key in keys)
    book = book_of(BookVersion("test", "1", since, since, rates=rates))

    picked = pick(book, {"resolution": asked})

    expected = [asked] if asked in priced else []
    assert [dict(one.rate.key.when)["resolution"] for one in picked.rates] == expected
    assert picked.is_complete is bool(expected)
