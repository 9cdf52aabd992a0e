"""What makes a price file unfit to price by: each mistake with its place and the way to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.book import load_book
from pricing.book_file import ParsedFile, parse_version
from pricing.error import BookFileRefused, UnknownBook, UnknownVersion
from tests.pricing.price_files import at, model_rate, price_file, sku_rate, write_files


def parse(text: str) -> ParsedFile:
    return parse_version(text.encode(), "test/1.toml")


def only_finding(text: str) -> str:
    (finding,) = parse(text).findings
    return str(finding)


def rate(body: str) -> str:
    return price_file(f'\n[[rate]]\nsku = "gpu-t4"\nunit = "second"\n{body}\n')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            rate("price_usd = 0.000225"),
            "line 13, gpu-t4 per second: error: price_usd is a float, which cannot hold money; "
            'write it in quotes: price_usd = "0.000225"',
            id="float price",
        ),
        pytest.param(rate("price_usd = 1"), "price_usd is not text", id="whole-number price"),
        pytest.param(rate('price_usd = "0"'), "price_usd 0 is not positive", id="zero price"),
        pytest.param(rate('price_usd = "-1"'), "price_usd -1 is not positive", id="negative"),
        pytest.param(rate('price_usd = "1e-13"'), "12 after the decimal point", id="too fine"),
        pytest.param(rate('price_usd = "NaN"'), "'NaN' is not a number", id="nan"),
        pytest.param(rate('price_usd = "0,5"'), "'0,5' is not a number", id="comma"),
        pytest.param(
            rate(""), "line 10, gpu-t4 per second: error: price_usd is missing", id="none"
        ),
        pytest.param(
            rate('price_usd = "1"\nwithdrawn = true'), "a withdrawn rate has no price", id="both"
        ),
        pytest.param(rate('price_usd = "1"\nfree = true'), "a free rate has no price", id="free"),
        pytest.param(
            rate('prise_usd = "1"\nwithdrawn = true'),
            "line 13, gpu-t4 per second: error: 'prise_usd' means nothing here; "
            "did you mean price_usd?",
            id="misspelled name",
        ),
        pytest.param(
            rate('price_usd = "1"\neffective_from = 2024-01-01'),
            "effective_from must be an instant with its offset from UTC",
            id="day for an instant",
        ),
        pytest.param(
            rate('price_usd = "1"\neffective_from = 2024-01-01T00:00:00'),
            "effective_from must be an instant with its offset from UTC",
            id="local time",
        ),
        pytest.param(
            rate('price_usd = "1"\nconfidence = "hihg"'),
            "confidence 'hihg' is unknown; did you mean high?",
            id="confidence",
        ),
        pytest.param(
            rate('price_usd = "1"\nwhen = { mode = "pro" }'), "per second has no tiers", id="when"
        ),
        pytest.param(
            rate('price_usd = "1"\nreplaces_from = 2024-01-01T00:00:00Z'),
            "only a correction replaces a rate",
            id="replaces in a move",
        ),
        pytest.param(
            rate('price_usd = "1"\nmodel = "a/b"'), "a rate prices one sku or one model", id="two"
        ),
        pytest.param(rate('price_usd = "1"\npublished = 3'), "published must be text", id="text"),
        pytest.param(
            price_file(sku_rate("gpu-t4", "1").replace("second", "run")),
            "hardware is priced per second",
            id="hardware per run",
        ),
        pytest.param(
            price_file(model_rate("1", unit="output_images")),
            "unknown unit 'output_images'; did you mean output_image",
            id="unit",
        ),
        pytest.param(
            price_file(model_rate("1", more='input_factor = "2"')),
            "there is no input_field",
            id="f",
        ),
        pytest.param(
            price_file(model_rate("1", "mode = 0.5")), "condition on mode must be text", id="float"
        ),
        pytest.param(
            price_file().replace('source = "a test"\n', ""),
            "test/1.toml: error: source is missing; say where the prices were read",
            id="no source",
        ),
        pytest.param(
            price_file().replace("checked_on = 2026-11-21\n", ""),
            "checked_on is missing",
            id="date",
        ),
        pytest.param(
            price_file().replace("known_since = 2024-01-01T00:00:00Z\n", ""),
            "known_since is missing",
            id="no knowing",
        ),
        pytest.param(price_file().replace("USD", "EUR"), "only USD is priced", id="currency"),
        pytest.param(price_file(kind="guess"), "kind 'guess' is unknown", id="kind"),
        pytest.param(
            price_file('reason = "x"\n', kind="correction"), "corrects is missing", id="corrects"
        ),
        pytest.param(
            price_file('corrects = "0"\n', kind="correction"), "reason is missing", id="reason"
        ),
        pytest.param(price_file('corrects = "0"\n'), "a move corrects nothing", id="move"),
        pytest.param(
            price_file('[discount]\npercent = "5"\n'), "no book to discount", id="no base"
        ),
        pytest.param(
            price_file('builds_on = "replicate"\n[discount]\npercent = "100"\n'),
            "percent 100 is not from 0 to below 100",
            id="all off",
        ),
        pytest.param(
            price_file(model_rate("1", more="when = 3")), "when must be a table", id="no table"
        ),
        pytest.param(
            price_file(model_rate("1", more='input_field = "n"\ninput_factor = "0"')),
            "input_factor is not positive",
            id="factor",
        ),
        pytest.param(
            price_file('builds_on = "replicate"\n[discount]\nsku = "cpu"\n'),
            "percent is missing",
            id="no percent",
        ),
        pytest.param(
            price_file('builds_on = "x"\n[discount]\npercent = "1"\nsku = "a"\nmodel = "b"\n'),
            "a discount is on sku or on model",
            id="discount on both",
        ),
        pytest.param(price_file('rate = "x"\n'), "rate must be tables", id="no tables"),
        pytest.param(price_file("complete = 1\n"), "complete must be true or false", id="flag"),
        pytest.param(
            'book = "x"\nversion "1"\n', "line 2, column 9: error: this is not TOML", id="syntax"
        ),
        pytest.param(
            price_file() + 'book = "twice"\n', "this is not TOML: Cannot overwrite", id="twice"
        ),
    ],
)
def test_mistake_is_told_with_its_place(text: str, expected: str) -> None:
    assert expected in only_finding(text)


def test_every_mistake_is_told_at_once() -> None:
    text = price_file(sku_rate("gpu-t4", "0") + sku_rate("cpu", "x") + model_rate("1", unit="no"))

    assert [finding.line for finding in parse(text).findings] == [13, 19, 24]


def test_default_given_twice_is_told() -> None:
    default = '\n[[default]]\nmodel = "a/b"\nwhen = { mode = "pro" }\n'

    assert "mode has a default already" in only_finding(price_file(default * 2))


def test_file_that_is_not_utf8_is_told() -> None:
    (finding,) = parse_version(b'book = "\xff"', "x.toml").findings

    assert "not UTF-8" in str(finding)


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_reading(content: bytes) -> None:
    assert parse_version(content, "x.toml").findings


def test_crlf_and_byte_order_mark_are_read() -> None:
    text = price_file(sku_rate("gpu-t4", "0.1")).replace("\n", "\r\n")

    parsed = parse_version(b"\xef\xbb\xbf" + text.encode(), "x.toml")

    assert parsed.findings == ()
    assert parsed.version is not None
    assert len(parsed.version.rates) == 1


def test_rate_takes_what_it_does_not_say_from_its_file() -> None:
    own = 'source = "elsewhere"\nconfidence = "low"\nchecked_on = 2025-01-01'
    version = parse(price_file(sku_rate("gpu-t4", "1") + sku_rate("cpu", "1", more=own))).version

    assert version is not None
    assert [(rate.source, str(rate.confidence)) for rate in version.rates] == [
        ("a test", "medium"),
        ("elsewhere", "low"),
    ]
    assert version.rates[0].effective_from == at("2024-01-01")


def test_condition_is_kept_in_one_spelling() -> None:
    version = parse(price_file(model_rate("1", 'resolution = "4K", with_audio = true'))).version

    assert version is not None
    assert version.rates[0].key.when == (("resolution", "4k"), ("with_audio", "true"))


def test_loading_refuses_a_file_with_mistakes(tmp_path: Path) -> None:
    folder = write_files(tmp_path, rate("price_usd = 0.1"), rate("").replace('"1"', '"2"'))

    with pytest.raises(BookFileRefused, match="is a float") as caught:
        load_book("test", folders=[folder])

    assert len(caught.value.findings) == 2
    assert str(tmp_path / "test" / "1.toml") in str(caught.value)


def test_user_adds_a_version_to_a_shipped_book(tmp_path: Path) -> None:
    text = price_file(
        sku_rate("gpu-t4", "0.0003"), book="replicate", effective_from="2027-01-01", version="mine"
    )

    book = load_book("replicate", folders=[write_files(tmp_path, text, book="replicate")])

    shipped = load_book("replicate", folders=())
    interval = book.sku_rate("gpu-t4", at("2027-01-01"))
    assert interval is not None
    assert interval.rate.reference == "replicate@mine"
    assert book.sku_rate("cpu", at("2027-01-01")) == shipped.sku_rate("cpu", at("2027-01-01"))
    assert book.digest != shipped.digest


def test_file_in_the_folder_of_another_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BookFileRefused, match="lies in folder 'other'"):
        load_book("other", folders=[write_files(tmp_path, price_file(), book="other")])


def test_folder_named_twice_is_read_once(tmp_path: Path) -> None:
    folder = write_files(tmp_path, price_file(sku_rate("gpu-t4", "1")))

    book = load_book("test", folders=[folder, folder / "test" / ".."])

    assert len(book.versions) == 1


@pytest.mark.parametrize("name", ["nowhere", "../replicate", "", "."])
def test_unknown_book_names_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownBook, match="api-map, replicate"):
        load_book(name, folders=[Path("does-not-exist")])


def test_unknown_version_names_the_known_ones() -> None:
    with pytest.raises(UnknownVersion, match="it has: 2026-03-29"):
        load_book("api-map", folders=()).version("2026-03-30")
