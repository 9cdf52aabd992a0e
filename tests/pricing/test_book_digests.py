"""Shipped price files never change: new ones are pinned by `python -m tools.pin_book_digests`."""

from __future__ import annotations

from pricing.book_folder import shipped_digests
from tools.pin_book_digests import changed_files, read_pinned


def test_no_shipped_price_file_changed() -> None:
    changed = changed_files(read_pinned(), shipped_digests())

    assert changed == [], "a shipped version never changes; write a correction beside it"


def test_every_shipped_price_file_is_pinned() -> None:
    missing = sorted(shipped_digests().keys() - read_pinned().keys())

    assert missing == [], "pin it: python -m tools.pin_book_digests"


def test_changed_and_removed_files_are_noticed() -> None:
    pinned = {"a": "1", "b": "2", "c": "3"}

    assert changed_files(pinned, {"a": "1", "b": "9", "d": "4"}) == ["b", "c"]
