"""Offers of own GPUs are dated files; what is wrong with one is said at its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.simulator.autoscaler import autoscalers, find_autoscaler
from pricing.simulator.error import ImpossibleInput, OfferRefused, UnknownName
from pricing.simulator.offer import Bought, Purchase, find_offers, load_offers

FILE = """
provider = "own"
source = "our contract"

[[offer]]
gpu = "A100-80"
instance = "rack 3"
on_demand_usd = "1.00"
as_of = 2026-11-01
"""


def test_shipped_offers_have_prices_sources_and_dates() -> None:
    offers = load_offers(())

    assert {offer.gpu for offer in offers} >= {"T4", "A40", "L40S", "A100-40", "A100-80", "H100"}
    assert all(offer.hour_usd > 0 and offer.source for offer in offers)
    assert all(date(2026, 8, 1) <= offer.as_of <= date(2026, 11, 30) for offer in offers)


@pytest.mark.parametrize(
    ("gpu", "provider", "instance", "purchase", "usd"),
    [
        ("A100-80", "runpod", "secure", Purchase.ON_DEMAND, "1.79"),
        ("H100", "aws", "p5.48xlarge", Purchase.ON_DEMAND, "6.88"),
        ("T4", "azure", "NC4as_T4_v3", Purchase.SPOT, "0.149"),
        ("H100", "lambda", "1x H100", Purchase.ON_DEMAND, "4.29"),
    ],
)
def test_shipped_offer_says_what_was_read(
    gpu: str, provider: str, instance: str, purchase: Purchase, usd: str
) -> None:
    [offer] = [
        offer
        for offer in find_offers(load_offers(()), gpu)
        if (offer.provider, offer.instance, offer.purchase) == (provider, instance, purchase)
    ]

    assert offer.hour_usd == Decimal(usd)


def test_offers_come_cheapest_first() -> None:
    prices = [offer.hour_usd for offer in find_offers(load_offers(()), "a100-80")]

    assert prices == sorted(prices)


def test_own_file_stands_beside_the_shipped_ones_and_replaces_its_namesake(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "aws.toml").write_text(FILE, encoding="utf-8")

    offers = load_offers((tmp_path,))

    assert [offer.provider for offer in offers].count("own") == 2
    assert "aws" not in {offer.provider for offer in offers}
    assert "runpod" in {offer.provider for offer in offers}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"1.00"', "1.00", "a float, which cannot hold money"),
        ('on_demand_usd = "1.00"', "", "there is no price"),
        ("as_of = 2026-11-01", "", "as_of is missing"),
        ('instance = "rack 3"', 'gpus_per_unit = "0"', "no whole number above 0"),
        ('instance = "rack 3"', 'instanse = "rack 3"', "did you mean instance?"),
        ('source = "our contract"', "", "source is missing"),
        ("[[offer]]", "[[offer", "this is not TOML"),
    ],
)
def test_mistake_in_a_file_is_told(tmp_path: Path, before: str, after: str, message: str) -> None:
    text = FILE.replace(before, after)
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")

    with pytest.raises(OfferRefused, match=r"own\.toml") as raised:
        load_offers((tmp_path,))

    assert message in str(raised.value)


def test_bought_hardware_costs_what_it_loses_and_draws() -> None:
    card = Bought(
        price_usd=Decimal(30_000),
        life_months=Decimal(48),
        salvage_usd=Decimal(6000),
        watts=Decimal(700),
        pue=Decimal("1.5"),
        kilowatt_hour_usd=Decimal("0.15"),
    )

    worn = Decimal(24_000) / (48 * Decimal("730.5"))
    assert card.hour_usd() == pytest.approx(worn + Decimal("0.1575"), abs=Decimal("1e-15"))


def test_unknown_gpu_and_autoscaler_suggest_what_was_meant() -> None:
    with pytest.raises(UnknownName, match="did you mean A100-80"):
        find_offers(load_offers(()), "A100-8")
    with pytest.raises(UnknownName, match="did you mean knative"):
        find_autoscaler("knativ")


def test_presets_are_ranges_where_nobody_says() -> None:
    assert not find_autoscaler("replicate").idle_seconds.is_certain
    assert all(scaler.source for scaler in autoscalers().values())


def test_bounds_of_a_discount_are_bounds_of_the_price(tmp_path: Path) -> None:
    term = (
        '[[reserved]]\nterm_months = "12"\npercent_off = ["20", "60"]\nassumed = ["percent_off"]\n'
    )
    (tmp_path / "own.toml").write_text(FILE + term, encoding="utf-8")

    [offer] = [
        one
        for one in load_offers((tmp_path,))
        if one.purchase is Purchase.RESERVED_1_YEAR and one.provider == "own"
    ]

    assert offer.price_factor.low * float(offer.hour_usd) == pytest.approx(0.40)
    assert offer.price_factor.high * float(offer.hour_usd) == pytest.approx(0.80)
    assert offer.assumed == (("percent_off", "20 to 60"),)


@pytest.mark.parametrize(
    "pair",
    ['["36", "30"]', '["30"]', '["a", "b"]', '["30", "36", "40"]', "[30, 36]", '["-5", "5"]'],
)
def test_pair_that_is_none_is_told(tmp_path: Path, pair: str) -> None:
    term = f'[[reserved]]\nterm_months = "12"\npercent_off = {pair}\n'
    (tmp_path / "own.toml").write_text(FILE + term, encoding="utf-8")

    with pytest.raises(OfferRefused, match="no pair of bounds"):
        load_offers((tmp_path,))


def test_assumed_names_something_that_stands_there(tmp_path: Path) -> None:
    text = FILE.replace('source = "our contract"', 'source = "x"\nassumed = ["incremnt"]')
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")

    with pytest.raises(OfferRefused, match="assumed lists no names"):
        load_offers((tmp_path,))


@pytest.mark.parametrize("names", ['[["source"]]', "[1]", '"source"', "[{a = 1}]"])
def test_assumed_that_lists_no_names_is_told(tmp_path: Path, names: str) -> None:
    text = FILE.replace('source = "our contract"', f'source = "x"\nassumed = {names}')
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")

    with pytest.raises(OfferRefused, match="assumed lists no names"):
        load_offers((tmp_path,))


def test_price_too_small_for_the_rounding_of_its_middle_stays_within_its_bounds(
    tmp_path: Path,
) -> None:
    term = '[[reserved]]\nterm_months = "12"\npercent_off = ["20", "60"]\n'
    text = FILE.replace('"1.00"', '"0.00001"')
    (tmp_path / "own.toml").write_text(text + term, encoding="utf-8")

    offers = [one for one in load_offers((tmp_path,)) if one.provider == "own"]

    assert sorted(one.hour_usd for one in offers) == [Decimal("0.000004"), Decimal("0.00001")]


def test_salvage_above_the_price_is_told_as_such() -> None:
    with pytest.raises(ImpossibleInput, match="salvage_usd"):
        Bought(*map(Decimal, ("1000", "36", "1200", "400", "1", "0.1"))).hour_usd()


@pytest.mark.parametrize("purchase", [Purchase.RESERVED_1_YEAR, Purchase.RESERVED_3_YEARS])
def test_shipped_discounts_are_assumed_within_bounds(purchase: Purchase) -> None:
    for offer in load_offers(()):
        if offer.purchase is purchase:
            assert "percent_off" in dict(offer.assumed)
            assert not offer.price_factor.is_certain


def test_shipped_hardware_costs_within_bounds_and_names_what_is_assumed() -> None:
    bought = [offer for offer in load_offers(()) if offer.purchase is Purchase.BOUGHT]

    assert bought
    for offer in bought:
        assert set(dict(offer.assumed)) == {"life_months", "salvage_usd", "pue"}
        assert offer.price_factor.low < 0.7
        assert offer.price_factor.high > 1.4


def test_rented_offers_say_that_their_increment_is_assumed() -> None:
    for offer in load_offers(()):
        if offer.purchase is not Purchase.BOUGHT:
            assert "increment_seconds" in dict(offer.assumed), offer.name
