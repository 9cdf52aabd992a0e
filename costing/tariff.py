"""From settings to the tariff: which book, which rules, which evidence of hardware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costing.errors import SettingsUnreadable
from pricing.book import load_book
from pricing.catalogue import shipped_catalogue
from pricing.hardware_map import HardwareMap, read_hardware_map
from pricing.rate import RateSubject
from pricing.rule import shipped_rules
from pricing.term import Tariff

if TYPE_CHECKING:
    from datetime import datetime

    from costing.settings import Settings
    from pricing.book import PriceBook
    from pricing.catalogue import Catalogue


def load_tariff(
    settings: Settings, *, book: str | None = None, known_on: datetime | None = None
) -> Tariff:
    """The tariff in force under these settings.

    Args:
        settings: names the book, the user's own books and hardware.toml.
        book: another book than the settings name.
        known_on: only prices, rules and sightings of hardware that were known by then; the user's
            hardware.toml speaks as it stands, as its entries do not say since when they are known.

    Raises:
        PricingError: a book, rule or hardware file is not well.
    """
    prices = load_book(book or settings.book, folders=settings.book_folders, as_known_on=known_on)
    rules = shipped_rules()
    return Tariff(
        book=prices,
        rules=rules if known_on is None else rules.as_known_on(known_on),
        hardware_map=load_map(settings, prices),
        releases=(),
        catalogue=_load_catalogue(known_on) if settings.use_catalogue else None,
    )


def _load_catalogue(known_on: datetime | None) -> Catalogue:
    catalogue = shipped_catalogue()
    return catalogue if known_on is None else catalogue.as_known_on(known_on)


def load_map(settings: Settings, prices: PriceBook) -> HardwareMap:
    """The user's hardware.toml; one that is not there says nothing.

    Raises:
        HardwareMapRefused: the file has errors.
        SettingsUnreadable: the settings name a file that cannot be read.
    """
    path = settings.hardware_file
    if settings.hardware is None and not path.exists():
        return HardwareMap()
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise SettingsUnreadable(path, None, failure.strerror or str(failure)) from failure
    return read_hardware_map(content, str(path), known_skus=_own_skus(prices))


def _own_skus(prices: PriceBook) -> frozenset[str]:
    """Tiers that the book prices by second, those of the user's own contract included."""
    return frozenset(key.name for key in prices.timelines if key.subject_kind is RateSubject.SKU)
