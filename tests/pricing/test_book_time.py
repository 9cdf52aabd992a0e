"""Versions over time: several in a month, future ones, corrections, and what was known when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.book import BookVersion, PriceBook, Rate, VersionKind, build_book, load_book
from pricing.error import CorrectionUnmatched, RateContradiction, VersionConflict
from pricing.timeline import settle
from tests.pricing.price_files import (
    at,
    book_of,
    model_rate,
    one_rate,
    price_file,
    second_key,
    sku_rate,
    write_files,
)

MICROSECOND = timedelta(microseconds=1)
SKUS = ("gpu-t4", "gpu-l40s", "cpu")
INSTANTS = st.datetimes(
    at("2023-01-01").replace(tzinfo=None),
    at("2026-12-31").replace(tzinfo=None),
    timezones=st.just(UTC),
)
PRICES = st.one_of(st.none(), st.decimals("0.000001", "9", places=6))
STATEMENTS = st.dictionaries(
    st.tuples(st.sampled_from(SKUS), INSTANTS), PRICES, min_size=1, max_size=12
)


def version_of(rates: list[Rate], name: str = "1", known_since: str = "2023-01-01") -> BookVersion:
    since = at(known_since)
    return BookVersion("test", name, since, since, rates=tuple(rates))


def book_from(statements: dict[tuple[str, datetime], Decimal | None]) -> PriceBook:
    rates = [Rate(second_key(sku), price, instant) for (sku, instant), price in statements.items()]
    return book_of(version_of(rates))


def price_at(book: PriceBook, instant: datetime, sku: str = "gpu-t4") -> Decimal | None:
    interval = book.sku_rate(sku, instant)
    return interval.rate.price_usd if interval else None


def folder_book(folder: Path, *texts: str, as_known_on: datetime | None = None) -> PriceBook:
    return load_book("test", folders=[write_files(folder, *texts)], as_known_on=as_known_on)


@given(STATEMENTS)
def test_intervals_of_a_key_tile_time(
    statements: dict[tuple[str, datetime], Decimal | None],
) -> None:
    for timeline in book_from(statements).timelines.values():
        ends = [interval.ends_at for interval in timeline.intervals]
        assert ends == [*timeline.starts[1:], None]
        assert list(timeline.starts) == sorted(set(timeline.starts))


@given(STATEMENTS, INSTANTS)
def test_instant_lies_in_one_interval_at_most(
    statements: dict[tuple[str, datetime], Decimal | None], instant: datetime
) -> None:
    for timeline in book_from(statements).timelines.values():
        containing = [one for one in timeline.intervals if one.contains(instant)]
        found = timeline.at(instant)
        assert containing == ([] if found is None else [found])


@given(STATEMENTS)
def test_start_is_in_and_end_is_not(
    statements: dict[tuple[str, datetime], Decimal | None],
) -> None:
    book = book_from(statements)
    for (sku, instant), price in statements.items():
        assert price_at(book, instant, sku) == price
        earlier = [one for name, one in statements if name == sku and one <= instant - MICROSECOND]
        before = statements[(sku, max(earlier))] if earlier else None
        assert price_at(book, instant - MICROSECOND, sku) == before


@given(STATEMENTS, INSTANTS, st.decimals("0.000001", "9", places=6))
def test_future_version_never_touches_what_is_before_it(
    statements: dict[tuple[str, datetime], Decimal | None], now: datetime, price: Decimal
) -> None:
    before = book_from(statements)
    version = version_of([one_rate(str(price), now + MICROSECOND)], "future", "2022-01-01")
    known = {instant for sku, instant in statements if sku == "gpu-t4"}
    if now + MICROSECOND in known:
        return

    after = book_of(*before.versions, version)

    assert [price_at(after, now, sku) for sku in SKUS] == [
        price_at(before, now, sku) for sku in SKUS
    ]


@given(STATEMENTS, st.data())
def test_correction_touches_only_its_key_from_the_same_instant_on(
    statements: dict[tuple[str, datetime], Decimal | None], data: st.DataObject
) -> None:
    before = book_from(statements)
    sku, instant = data.draw(st.sampled_from(sorted(statements)))
    correction = BookVersion(
        "test",
        "2",
        instant,
        at("2026-12-31"),
        kind=VersionKind.CORRECTION,
        corrects="1",
        reason="misread",
        rates=(Rate(second_key(sku), Decimal("77"), instant),),
    )

    after = book_of(*before.versions, correction)

    for key, timeline in before.timelines.items():
        assert after.timelines[key].starts == timeline.starts
        for old, new in zip(timeline.intervals, after.timelines[key].intervals, strict=True):
            is_corrected = key.name == sku and old.starts_at == instant
            assert (new.rate.price_usd == Decimal(77)) if is_corrected else new == old


@given(STATEMENTS, st.integers(0, 11))
def test_splitting_a_version_changes_no_price(
    statements: dict[tuple[str, datetime], Decimal | None], position: int
) -> None:
    rates = [one_rate(None, one, second_key(sku)) for sku, one in statements]
    whole = book_of(version_of(rates))
    parts = book_of(version_of(rates[position:], "b"), version_of(rates[:position], "a"))

    assert parts.timelines == whole.timelines


@given(STATEMENTS)
def test_breakpoints_are_where_the_price_may_change(
    statements: dict[tuple[str, datetime], Decimal | None],
) -> None:
    book = book_from(statements)

    for sku in SKUS:
        expected = sorted(instant for name, instant in statements if name == sku)
        assert list(book.breakpoints(sku, None)) == expected


def test_several_versions_in_a_month(tmp_path: Path) -> None:
    book = folder_book(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.1"), version="a", effective_from="2024-03-01"),
        price_file(sku_rate("gpu-t4", "0.2"), version="b", effective_from="2024-03-08"),
        price_file(sku_rate("gpu-t4", "0.3"), version="c", effective_from="2024-03-09"),
    )

    found = [price_at(book, at(f"2024-{day}")) for day in ("02-29", "03-01", "03-08", "03-09")]

    assert found == [None, Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]


def test_change_at_any_instant(tmp_path: Path) -> None:
    change = "effective_from = 2024-03-01T13:37:00.000001+02:00"
    book = folder_book(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.1"), version="a"),
        price_file(sku_rate("gpu-t4", "0.2", more=change), version="b"),
    )

    assert price_at(book, at("2024-03-01T11:37:00")) == Decimal("0.1")
    assert price_at(book, at("2024-03-01T11:37:00.000001")) == Decimal("0.2")


def correction(body: str, *, version: str = "2", corrects: str = "1", known: str) -> str:
    head = f'corrects = "{corrects}"\nreason = "misread"\n'
    return price_file(head + body, version=version, known_since=known, kind="correction")


def test_correction_is_unknown_before_it_is_known(tmp_path: Path) -> None:
    texts = (
        price_file(sku_rate("gpu-t4", "0.1")),
        correction(sku_rate("gpu-t4", "0.2"), known="2024-06-01"),
    )
    day = at("2024-02-01")

    now = folder_book(tmp_path, *texts)
    then = folder_book(tmp_path, *texts, as_known_on=at("2024-05-31T23:59:59.999999"))

    assert (price_at(now, day), price_at(then, day)) == (Decimal("0.2"), Decimal("0.1"))
    assert now.digest != then.digest


def test_correction_says_so(tmp_path: Path) -> None:
    book = folder_book(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.1")),
        correction(sku_rate("gpu-t4", "0.2"), known="2024-06-01"),
    )
    interval = book.sku_rate("gpu-t4", at("2024-02-01"))

    assert interval is not None
    version = book.version(interval.rate.version)
    assert (version.kind, version.corrects, version.reason) == ("correction", "1", "misread")


@pytest.mark.parametrize("corrects", ["1", "2"])
def test_correction_may_be_corrected(tmp_path: Path, corrects: str) -> None:
    book = folder_book(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.1")),
        correction(sku_rate("gpu-t4", "0.2"), known="2024-06-01"),
        correction(sku_rate("gpu-t4", "0.3"), version="3", corrects=corrects, known="2024-07-01"),
    )

    assert price_at(book, at("2024-02-01")) == Decimal("0.3")


def test_correction_may_move_the_instant(tmp_path: Path) -> None:
    moved = "effective_from = 2024-01-05T00:00:00Z\nreplaces_from = 2024-01-10T00:00:00Z"
    book = folder_book(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.1"), version="0"),
        price_file(sku_rate("gpu-t4", "0.2"), effective_from="2024-01-10"),
        correction(sku_rate("gpu-t4", "0.2", more=moved), known="2024-06-01"),
    )

    assert book.breakpoints("gpu-t4", None) == (at("2024-01-01"), at("2024-01-05"))


def test_correction_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorrectionUnmatched, match="says nothing of it"):
        folder_book(
            tmp_path,
            price_file(sku_rate("cpu", "0.1")),
            correction(sku_rate("gpu-t4", "0.2"), known="2024-06-01"),
        )


def test_key_priced_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RateContradiction, match="priced twice from 2024-01-01") as caught:
        folder_book(
            tmp_path,
            price_file(sku_rate("gpu-t4", "0.1")),
            price_file(sku_rate("gpu-t4", "0.1"), version="2"),
        )

    assert caught.value.first.version == "1"


def test_same_version_twice_is_refused(tmp_path: Path) -> None:
    first = write_files(tmp_path / "a", price_file(sku_rate("gpu-t4", "0.1")))
    second = write_files(tmp_path / "b", price_file(sku_rate("gpu-t4", "0.2")))

    with pytest.raises(VersionConflict, match="both say they are test@1"):
        load_book("test", folders=[first, second])


def test_naive_instant_is_refused() -> None:
    book = book_of(version_of([one_rate("0.1", at("2024-01-01"))]))

    with pytest.raises(TypeError):
        book.sku_rate("gpu-t4", at("2024-02-01").replace(tzinfo=None))


def test_digest_depends_on_the_contents_and_not_on_the_place(tmp_path: Path) -> None:
    text = price_file(sku_rate("gpu-t4", "0.1"))

    digests = {
        folder_book(tmp_path / "a", text).digest,
        folder_book(tmp_path / "b", text).digest,
    }

    assert len(digests) == 1
    assert folder_book(tmp_path / "c", text + "# more\n").digest not in digests


def test_digest_of_a_book_made_in_memory_depends_on_its_rates() -> None:
    one, other = (
        book_of(version_of([one_rate(price, at("2024-01-01"))])) for price in ("0.1", "0.2")
    )

    assert one.digest != other.digest


def test_rate_may_be_known_later_than_its_file(tmp_path: Path) -> None:
    late = "known_since = 2024-09-01T00:00:00Z"
    text = price_file(sku_rate("gpu-t4", "0.1") + model_rate("0.3", more=late))

    book = folder_book(tmp_path, text, as_known_on=at("2024-08-01"))

    assert book.sku_rate("gpu-t4", at("2024-08-01")) is not None
    assert not book.has_unit_prices("acme/painter", at("2024-10-01"))


def test_settlement_keeps_what_was_replaced() -> None:
    old = one_rate("0.1", at("2024-01-01"))
    new = replace(old, price_usd=Decimal("0.2"))
    corrected = BookVersion(
        "test", "2", at("2024-01-01"), at("2024-06-01"), kind=VersionKind.CORRECTION,
        corrects="1", reason="misread", rates=(new,),
    )  # fmt: skip

    settled = settle([corrected, version_of([old])])

    assert settled.replaced == ((old, new),)
    assert settled.statements == {old.key: [new]}


def test_book_without_versions_prices_nothing() -> None:
    book = build_book("empty", [])

    assert book.sku_rate("gpu-t4", at("2024-01-01")) is None
    assert book.breakpoints("gpu-t4", "acme/painter") == ()
    assert book.in_force(at("2024-01-01")) == ()
