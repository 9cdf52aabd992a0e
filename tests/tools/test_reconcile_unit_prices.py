"""The shipped unit prices are what the observations make, and say what was seen of real models."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest

from pricing.book import PriceBook, load_book
from pricing.rate import Confidence
from pricing.unit import input_fields, selectors, units
from tools.reconcile_unit_prices import BOOK, OBSERVATIONS, ROOT, count, reconcile_observations
from tools.unit_price.asked_quantity import read_asked_quantities
from tools.unit_price.billed_unit import BilledUnits, billed_units
from tools.unit_price.history import DatedRate, make_histories
from tools.unit_price.observation import Sighting, SourceKind, read_sightings
from tools.unit_price.tier import read_tier_names

MADE = reconcile_observations(OBSERVATIONS)
RATES = MADE.histories.rates
AUTUMN_2026 = datetime(2026, 11, 1, tzinfo=UTC)


@cache
def shipped_book() -> PriceBook:
    return load_book("replicate", folders=())


def rates_of(model: str, **when: str) -> list[DatedRate]:
    wanted = tuple(sorted(when.items()))
    return [rate for rate in RATES if rate.key.model == model and rate.key.when == wanted]


def prices_of(model: str, **when: str) -> list[tuple[str, str]]:
    return [(str(rate.price_usd), rate.first_on.isoformat()) for rate in rates_of(model, **when)]


def sightings_of(model: str) -> list[Sighting]:
    table = read_sightings(OBSERVATIONS / "unit_prices.csv")
    return [seen for seen in table if seen.model == model]


def remake(sightings: Iterable[Sighting]) -> tuple[DatedRate, ...]:
    names = read_tier_names(OBSERVATIONS / "tier_names.toml")
    asked = read_asked_quantities(OBSERVATIONS / "asked_quantities.toml")
    return make_histories(sightings, names, asked).rates


def test_shipped_files_are_what_the_observations_make() -> None:
    shipped = {path.name: path.read_text("utf-8") for path in BOOK.glob("unit-prices-*.toml")}
    assert shipped == MADE.files


def test_docs_quote_the_counts() -> None:
    page = (ROOT / "docs" / "unit-prices.md").read_text(encoding="utf-8")
    quoted = dict(re.findall(r"^\| ([a-z ]+) \| ([0-9]+) \|", page, re.MULTILINE))
    assert quoted == {what: str(number) for what, number in count(MADE).items()}


@pytest.mark.parametrize(
    ("model", "when", "wanted"),
    [
        pytest.param(
            "black-forest-labs/flux-1.1-pro", {}, [("0.04", "2025-01-05")], id="ten-agreeing"
        ),
        pytest.param(
            "google/veo-3",
            {"with_audio": "true"},
            [("0.75", "2025-06-14"), ("0.4", "2025-10-17")],
            id="veo-3-halved",
        ),
        pytest.param(
            "ideogram-ai/ideogram-v3-quality",
            {},
            [("0.1", "2025-06-14"), ("0.09", "2025-10-17")],
            id="ideogram-v3-quality-lowered",
        ),
        pytest.param(
            "bytedance/seedance-2.0",
            {"resolution": "720p", "video_input": "false"},
            [("0.17", "2026-04-11"), ("0.18", "2026-05-07")],
            id="seedance-raised-though-seen-first-by-a-text",
        ),
        pytest.param(
            "alibaba/wan-3", {"resolution": "1080p"}, [("0.2", "2026-09-09")], id="wan-3-noise"
        ),
        pytest.param(
            "leonardoai/lucid-origin",
            {},
            [("0.02", "2025-11-12"), ("None", "2026-04-16")],
            id="price-without-tiers-ends-where-tiers-begin",
        ),
    ],
)
def test_history_of_a_real_model(
    model: str, when: dict[str, str], wanted: list[tuple[str, str]]
) -> None:
    assert prices_of(model, **when) == wanted


def test_contradiction_is_told_and_leaves_a_doubt() -> None:
    (rate,) = rates_of("alibaba/wan-3", resolution="720p")
    assert "set aside: 0.05 on 2026-10-06" in rate.note
    assert rate.confidence is Confidence.MEDIUM


def test_tiers_without_names_are_named_and_told() -> None:
    (rate,) = rates_of("runwayml/gen4-image", resolution="1080p")
    assert rate.price_usd == Decimal("0.08")
    assert rate.confidence is Confidence.MEDIUM
    assert "tier named by us" in rate.note


def test_rate_quotes_the_strongest_source_and_the_last_day() -> None:
    (rate,) = rates_of("black-forest-labs/flux-1.1-pro")
    assert rate.source == "https://replicate.com/pricing (public copy 52763514504)"
    assert rate.published == "$0.04 / output image"
    assert rate.last_on == date(2026, 10, 7)


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        pytest.param(
            "black-forest-labs/flux-2-pro",
            {"input_megapixel", "output_megapixel", "run"},
            id="one-page-lists-all-three",
        ),
        pytest.param(
            "black-forest-labs/flux-2-max",
            {"input_megapixel", "output_megapixel", "run"},
            id="by-two-sources-one-of-which-lists-all",
        ),
        pytest.param(
            "anthropic/claude-4.5-haiku", {"input_token", "output_token"}, id="two-sides-of-tokens"
        ),
        pytest.param("google/nano-banana", {"output_image"}, id="one-unit"),
    ],
)
def test_units_that_add_up_are_all_billed(model: str, wanted: set[str]) -> None:
    assert billed_units(sightings_of(model)) == BilledUnits(frozenset(wanted), frozenset())


def another_reading(model: str, unit: str, kind: SourceKind, day: str) -> list[Sighting]:
    """Add to a real model's sightings one by somebody who counts in another unit."""
    own = sightings_of(model)
    other = replace(
        own[0],
        unit=unit,
        kind=kind,
        seen_on=date.fromisoformat(day),
        source="another",
        confidence=Confidence.HIGH,
    )
    return [*own, other]


@pytest.mark.parametrize(
    ("model", "unit", "kind", "billed"),
    [
        pytest.param(
            "google/nano-banana", "run", SourceKind.THIRD_PARTY_CODE, "output_image", id="weaker"
        ),
        pytest.param("google/nano-banana", "run", SourceKind.OFFICIAL, "run", id="stronger"),
        pytest.param(
            "prunaai/z-image-turbo",
            "output_image",
            SourceKind.THIRD_PARTY_TEXT,
            "output_megapixel",
            id="image-for-megapixel",
        ),
        pytest.param(
            "kwaivgi/kling-lip-sync",
            "run",
            SourceKind.THIRD_PARTY_TEXT,
            "output_video_second",
            id="run-for-second",
        ),
    ],
)
def test_another_reading_of_a_price_is_not_billed_too(
    model: str, unit: str, kind: SourceKind, billed: str
) -> None:
    sightings = another_reading(model, unit, kind, "2026-10-20")
    rates = remake(sightings)
    assert {rate.key.unit for rate in rates} == {billed}
    assert all("another reading of this price" in rate.note for rate in rates)


def test_of_two_readings_as_strong_the_later_is_billed() -> None:
    sightings = another_reading("google/veo-2", "run", SourceKind.TRANSCRIPTION, "2026-10-20")
    strong = [replace(seen, confidence=Confidence.HIGH) for seen in sightings]
    assert billed_units(strong).billed == {"run"}


def test_charge_that_leaves_out_a_later_known_unit_is_told() -> None:
    rates = [rate for rate in RATES if rate.key.model == "black-forest-labs/flux-2-flex"]
    early = [rate for rate in rates if rate.first_on < date(2026, 9, 24)]
    assert early
    assert all("input_megapixel is known from 2026-09-24 on" in rate.note for rate in early)


def test_every_key_has_one_price_a_day_that_changes() -> None:
    by_key: dict[object, list[DatedRate]] = {}
    for rate in RATES:
        by_key.setdefault(rate.key, []).append(rate)
    for history in by_key.values():
        for rate, following in pairwise(history):
            assert rate.first_on < following.first_on
            assert rate.price_usd != following.price_usd


def test_no_price_starts_before_it_was_seen() -> None:
    first: dict[tuple[str, str], date] = {}
    for seen in MADE.sightings:
        key = seen.model, seen.unit
        first[key] = min(first.get(key, seen.seen_on), seen.seen_on)
    assert all(rate.first_on >= first[rate.key.model, rate.key.unit] for rate in RATES)


# "$3.00 per thousand output images", "$0.014 per input image megapixel", "$0.04 / output image".
PUBLISHED = re.compile(
    r"\$(?P<number>[0-9.]+) ?(?:per|/) ?(?P<scale>thousand|million)? ?"
    r"(?:input|output|second|s\b|run)"
)
SCALES = {None: 1, "thousand": 1_000, "million": 1_000_000}


def test_normalised_price_is_the_published_one() -> None:
    read = [(rate, match) for rate in RATES if (match := PUBLISHED.match(rate.published))]
    assert len(read) > 250
    for rate, match in read:
        price = Decimal(match["number"]) / SCALES[match["scale"]]
        assert rate.price_usd == price, rate


def test_names_are_those_of_the_tables() -> None:
    assert {rate.key.unit for rate in RATES} <= set(units())
    assert {name for rate in RATES for name, _ in rate.key.when} <= set(selectors())
    assert {rate.asked.input_field for rate in RATES if rate.asked} <= set(input_fields())


def test_default_tier_is_priced_now_and_names_only_selectors_of_its_model() -> None:
    for default in MADE.defaults:
        names = {
            name for rate in RATES if rate.key.model == default.model for name, _ in rate.key.when
        }
        assert names >= {name for name, _ in default.when}
        picked = shipped_book().pick_rates(default.model, AUTUMN_2026, dict(default.when))
        assert picked.is_complete or default.model == "bytedance/seedance-1.5-pro"


@pytest.mark.parametrize(
    ("model", "unit", "quantity", "amount"),
    [
        pytest.param(
            "black-forest-labs/flux-1.1-pro", "output_image", "1", "0.04", id="flux-1.1-pro"
        ),
        pytest.param("kwaivgi/kling-v2.1", "output_video_second", "5", "0.25", id="kling-v2.1"),
        pytest.param(
            "meta/meta-llama-3.1-405b-instruct", "input_token", "1000000", "9.5", id="llama-in"
        ),
        pytest.param(
            "meta/meta-llama-3.1-405b-instruct", "output_token", "1000000", "9.5", id="llama-out"
        ),
        pytest.param("black-forest-labs/flux-schnell", "output_image", "1", "0.003", id="schnell"),
        pytest.param("deepseek-ai/deepseek-r1", "output_token", "1000", "0.01", id="deepseek-r1"),
        pytest.param("wavespeedai/wan-2.1-i2v-720p", "output_video_second", "1", "0.25", id="wan"),
    ],
)
def test_book_gives_the_numbers_of_real_bills_and_pages(
    model: str, unit: str, quantity: str, amount: str
) -> None:
    book = shipped_book()
    picked = book.pick_rates(model, AUTUMN_2026, book.defaults(model, AUTUMN_2026))
    prices = {interval.rate.key.unit: interval.rate.price_usd for interval in picked.rates}
    price = prices[unit]
    assert picked.is_complete
    assert price is not None
    assert price * Decimal(quantity) == Decimal(amount)


def test_price_is_known_since_it_was_first_seen() -> None:
    book = load_book("replicate", folders=(), as_known_on=datetime(2026, 5, 1, tzinfo=UTC))
    picked = book.pick_rates(
        "bytedance/seedance-2.0", AUTUMN_2026, {"resolution": "720p", "video_input": "false"}
    )
    assert [interval.rate.price_usd for interval in picked.rates] == [Decimal("0.17")]
