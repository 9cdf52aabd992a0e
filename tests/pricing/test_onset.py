"""From when on a model is priced by unit and has a default: announced ahead, or merely seen."""

from __future__ import annotations

from pathlib import Path

from pricing.book import PriceBook, load_book
from pricing.rating import rate
from pricing.rule import shipped_rules
from pricing.term import Tariff
from tests.pricing.price_files import at, model_rate, price_file, sku_rate, write_files
from tests.pricing.rating_case import a_subject, a_usage

T4 = price_file(sku_rate("gpu-t4", "0.1"))
AHEAD = {"effective_from": "2027-01-01", "known_since": "2026-12-01"}
SEEN = {"effective_from": "2027-01-01", "known_since": "2027-01-01"}
CLIP = '\n[[default]]\nmodel = "acme/painter"\nwhen = { resolution = "%s" }\n'
TIERS = model_rate("1", 'resolution = "720p"') + model_rate("2", 'resolution = "1080p"')


def a_book(folder: Path, *texts: str) -> PriceBook:
    return load_book("test", folders=[write_files(folder, *texts)])


def amounts(book: PriceBook, instant: str) -> list[str]:
    """What a record of ten seconds and two images costs, or why it has no price."""
    subject = a_subject("acme/painter", hardware="T4")
    usage = a_usage(subject, instant=instant, quantities={"image_output_count": "2"})
    charges = rate(usage, Tariff(book, shipped_rules()))
    return [str(charge.reason or charge.amount_usd) for charge in charges]


def correction(body: str, *, effective_from: str = "2027-01-01") -> str:
    head = 'corrects = "2"\nreason = "misread"\n'
    return price_file(
        head + body,
        version="3",
        kind="correction",
        effective_from=effective_from,
        known_since="2027-03-01",
    )


def test_announced_unit_price_leaves_what_is_before_it_billed_by_time(tmp_path: Path) -> None:
    book = a_book(tmp_path, T4, price_file(model_rate("3"), version="2", **AHEAD))

    assert amounts(book, "2026-10-15") == ["1.0"]
    assert amounts(book, "2027-01-01") == ["6"]


def test_seen_unit_price_leaves_what_is_before_it_unknown(tmp_path: Path) -> None:
    book = a_book(tmp_path, T4, price_file(model_rate("3"), version="2", **SEEN))

    assert amounts(book, "2026-10-15") == ["no_unit_price"]


def test_corrected_announcement_is_still_an_announcement(tmp_path: Path) -> None:
    announced = price_file(model_rate("3"), version="2", **AHEAD)
    book = a_book(tmp_path, T4, announced, correction(model_rate("4")))

    assert amounts(book, "2026-10-15") == ["1.0"]
    assert amounts(book, "2027-01-01") == ["8"]


def test_sighting_corrected_to_a_later_instant_is_still_a_sighting(tmp_path: Path) -> None:
    seen = price_file(model_rate("3"), version="2", **SEEN)
    moved = model_rate("3", more="replaces_from = 2027-01-01T00:00:00Z")
    book = a_book(tmp_path, T4, seen, correction(moved, effective_from="2027-06-01"))

    assert amounts(book, "2026-10-15") == ["no_unit_price"]


def test_sighting_after_an_announcement_reprices_nothing_before_it(tmp_path: Path) -> None:
    announced = price_file(model_rate("3"), version="2", **AHEAD)
    seen = price_file(model_rate("5", unit="run"), version="3", effective_from="2027-02-01")
    book = a_book(tmp_path, T4, announced, seen)

    assert amounts(book, "2026-10-15") == ["1.0"]


def test_announced_default_holds_from_its_instant(tmp_path: Path) -> None:
    listed = price_file(TIERS + CLIP % "720p")
    book = a_book(tmp_path, listed, price_file(CLIP % "1080p", version="2", **AHEAD))

    assert amounts(book, "2026-12-31T23:59:59") == ["2"]
    assert amounts(book, "2027-01-01") == ["4"]
    assert book.breakpoints(None, "acme/painter") == (at("2024-01-01"), at("2027-01-01"))


def test_first_default_holds_before_its_date_only_if_it_was_merely_seen(tmp_path: Path) -> None:
    ahead = a_book(
        tmp_path / "1", price_file(TIERS), price_file(CLIP % "1080p", version="2", **AHEAD)
    )
    seen = a_book(
        tmp_path / "2", price_file(TIERS), price_file(CLIP % "1080p", version="2", **SEEN)
    )

    assert amounts(ahead, "2026-10-15") == ["no_tier"]
    assert amounts(seen, "2026-10-15") == ["4"]


def test_corrected_default_takes_the_place_of_the_one_of_its_instant(tmp_path: Path) -> None:
    seen = price_file(TIERS + CLIP % "720p", version="2", **SEEN)
    book = a_book(tmp_path, seen, correction(CLIP % "1080p"))

    found = {
        book.defaults("acme/painter", at(f"{day}-15"))["resolution"]
        for day in ("2026-01", "2028-01")
    }

    assert found == {"1080p"}


def test_default_of_a_contract_follows_that_of_its_base(tmp_path: Path) -> None:
    write_files(tmp_path, price_file(TIERS + CLIP % "720p", book="list"), book="list")
    own = price_file('builds_on = "list"\n' + CLIP % "1080p", **AHEAD)
    book = load_book("test", folders=[write_files(tmp_path, own)])

    found = [
        book.defaults("acme/painter", at(f"{day}-15"))["resolution"]
        for day in ("2026-12", "2027-01")
    ]

    assert found == ["720p", "1080p"]


def test_nothing_shipped_was_announced_ahead() -> None:
    """So the rule moves no shipped price: by unit is by unit, and a default a default, always."""
    book = load_book("replicate", folders=())

    assert not any(onset.is_announced for onset in book.onsets.values())
    assert not any(
        line.breakpoints for lines in book.all_defaults.values() for line in lines.values()
    )
