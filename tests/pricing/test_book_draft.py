"""Writing a new version: never an edit, never one that lint refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.book import BookVersion, Rate, RateKey, RateSubject, VersionKind, load_book
from pricing.book_draft import draft_version, format_version, read_rate
from pricing.book_file import parse_version
from pricing.book_folder import SHIPPED_FOLDER
from pricing.error import (
    BookFileRefused,
    InexactDecimal,
    RateNotUnderstood,
    UnknownSku,
    UnknownUnit,
)
from tests.pricing.price_files import at, price_file, second_key

SHIPPED = sorted(SHIPPED_FOLDER.glob("*/*.toml"))
NEW = BookVersion(
    book="replicate",
    version="2027-01-01",
    effective_from=at("2027-01-01"),
    known_since=at("2026-12-20"),
    source='a letter, "as signed"',
    checked_on=date(2026, 12, 20),
    rates=(Rate(second_key("gpu-l40s"), Decimal("0.00080"), at("2027-01-01")),),
)


def test_draft_becomes_part_of_the_book(tmp_path: Path) -> None:
    draft = draft_version(NEW, folders=[tmp_path])
    (tmp_path / "replicate").mkdir()
    (tmp_path / draft.path).write_text(draft.text, encoding="utf-8")

    book = load_book("replicate", folders=[tmp_path])

    interval = book.sku_rate("gpu-l40s", at("2027-01-01"))
    assert draft.path == Path("replicate/2027-01-01.toml")
    assert draft.questions == ()
    assert interval is not None
    assert (interval.rate.price_usd, interval.rate.source) == (Decimal("0.0008"), NEW.source)


def test_text_of_a_draft() -> None:
    assert format_version(NEW) == (
        'book = "replicate"\n'
        'version = "2027-01-01"\n'
        "effective_from = 2027-01-01T00:00:00Z\n"
        "known_since = 2026-12-20T00:00:00Z\n"
        'kind = "move"\n'
        'currency = "USD"\n'
        'source = "a letter, \\"as signed\\""\n'
        "checked_on = 2026-12-20\n"
        'confidence = "high"\n'
        "\n"
        "[[rate]]\n"
        'sku = "gpu-l40s"\n'
        'unit = "second"\n'
        'price_usd = "0.00080"\n'
    )


def test_draft_with_a_jump_asks(tmp_path: Path) -> None:
    rate = replace(NEW.rates[0], price_usd=Decimal("0.0975"))

    draft = draft_version(replace(NEW, rates=(rate,)), folders=[tmp_path])

    assert ["is 100 times" in finding.message for finding in draft.questions] == [True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"version": "2025-12-01"}, "is in books/replicate/2025-12-01.toml", id="name"),
        pytest.param({"source": ""}, "source is missing", id="source"),
        pytest.param({"checked_on": None}, "checked_on is missing", id="date"),
        pytest.param(
            {"kind": VersionKind.CORRECTION, "corrects": "2025-12-01", "reason": "misread"},
            "says nothing of it from 2027-01-01",
            id="correction of nothing",
        ),
        pytest.param(
            {"rates": (Rate(second_key("gpu-t4"), Decimal(0), at("2025-12-01")),)},
            "priced from 2025-12-01 by",
            id="priced already",
        ),
        pytest.param({"rates": ()}, "the version sets no price", id="nothing"),
    ],
)
def test_draft_with_errors_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(BookFileRefused, match=words):
        draft_version(replace(NEW, **change), folders=())  # type: ignore[arg-type]


def test_draft_may_price_a_tier_of_the_contract(tmp_path: Path) -> None:
    rate = Rate(second_key("gpu-b200"), Decimal("0.002"), at("2027-01-01"))

    draft = draft_version(replace(NEW, book="ours", rates=(rate,)), folders=[tmp_path])

    assert ["unknown hardware 'gpu-b200'" in one.message for one in draft.questions] == [True]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_written_version_reads_back_as_the_same(path: Path) -> None:
    version = parse_version(path.read_bytes(), "x.toml").version
    assert version is not None

    again = parse_version(format_version(version).encode(), "x.toml")

    assert again.findings == ()
    assert again.version is not None
    assert _bare(again.version) == _bare(version)


def test_written_contract_reads_back_as_the_same() -> None:
    body = (
        'builds_on = "replicate"\nnote = "one\\ttwo \\u007f é"\n'
        '[[discount]]\npercent = "12.5"\nsku = "gpu-*"\n\n'
        '[[discount]]\npercent = "1"\neffective_from = 2025-01-01T00:00:00.5Z\n\n'
        '[[rate]]\nmodel = "a/b"\nunit = "run"\nfree = true\nwhen = { "odd name" = ">1,<=2" }\n'
    )
    version = parse_version(price_file(body).encode(), "x.toml").version
    assert version is not None

    again = parse_version(format_version(version).encode(), "x.toml").version

    assert again is not None
    assert _bare(again) == _bare(version)


def _bare(version: BookVersion) -> BookVersion:
    """Leave out what depends on how the file is laid out."""
    rates = tuple(replace(rate, line=0) for rate in version.rates)
    discounts = tuple(replace(discount, line=0) for discount in version.discounts)
    return replace(version, rates=rates, discounts=discounts, digest="")


@pytest.mark.parametrize(
    ("text", "key", "price"),
    [
        ("gpu-t4=0.000225", second_key("gpu-t4"), "0.000225"),
        ("A100 (80GB) = 0.0014", second_key("gpu-a100-large"), "0.0014"),
        ("gpu-t4=withdrawn", second_key("gpu-t4"), None),
        ("gpu-b200-2x=0.1", second_key("gpu-b200-2x"), "0.1"),
        ("a/b=0.001", RateKey(RateSubject.MODEL, "a/b", "second"), "0.001"),
        ("a/b:run=0.1", RateKey(RateSubject.MODEL, "a/b", "run"), "0.1"),
        (
            "a/b:run[with_audio=True;output_megapixels=>24,<=48]=0.1",
            RateKey(
                RateSubject.MODEL,
                "a/b",
                "run",
                (("output_megapixels", ">24,<=48"), ("with_audio", "true")),
            ),
            "0.1",
        ),
    ],
)
def test_rate_is_read_from_one_argument(text: str, key: RateKey, price: str | None) -> None:
    assert read_rate(text) == (key, None if price is None else Decimal(price))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("gpu-t4", RateNotUnderstood),
        ("=1", RateNotUnderstood),
        ("a/b:run[mode]=1", RateNotUnderstood),
        ("B200=1", UnknownSku),
        ("gpu_b200=1", UnknownSku),
        ("a/b:runs=1", UnknownUnit),
        ("gpu-t4=1e-20", InexactDecimal),
    ],
)
def test_other_arguments_are_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_rate(text)
