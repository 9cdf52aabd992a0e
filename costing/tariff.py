"""From settings to the tariff: which book, which rules, which evidence of hardware.

Rule of this file: a tariff is named by the content of every file that it follows from, which takes
a millisecond, and parsed only where that is not enough: where terms are compiled, or explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from costing import __version__
from costing.errors import SettingsUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from costing.ledger.evidence.seen import Evidence
    from costing.settings import Settings
    from pricing.book import PriceBook
    from pricing.catalogue import Catalogue
    from pricing.hardware_map import HardwareMap
    from pricing.term import Tariff

_SHIPPED = ("*.py", "*.toml", "books/*/*.toml", "catalogue/*.toml")
"""What of the package `pricing` decides the terms: how they are compiled, and from what."""


@dataclass(frozen=True, slots=True)
class TariffSource:
    """Everything that a tariff follows from, and the way to it.

    Attributes:
        book: name of the price book.
        digest: SHA-256, in hex, of all that the tariff follows from; a file that changed, moved or
            came into being gives another.
        load: parse it and join what the ledger knows of deployments and models; raises
            `PricingError` where a file is not well.
    """

    book: str
    digest: str
    load: Callable[[Evidence], Tariff]


def tariff_source(
    settings: Settings, *, book: str | None = None, known_on: datetime | None = None
) -> TariffSource:
    """The tariff in force under these settings, unread; see `load_tariff`."""
    name = book or settings.book
    asked = (name, known_on, settings.use_catalogue)
    digest = sha256(f"{__version__} {asked!r}".encode())
    for path in _files(settings):
        digest.update(f"\n{path} ".encode(errors="surrogateescape"))
        digest.update(_content(path))
    load = partial(load_tariff, settings, book=name, known_on=known_on)
    return TariffSource(name, digest.hexdigest(), lambda evidence: load(evidence=evidence))


def _files(settings: Settings) -> Iterator[Path]:
    """Files that decide a tariff, those of other books too: which build on which is inside them."""
    package = Path(str(files("pricing")))
    for pattern in _SHIPPED:
        yield from sorted(package.glob(pattern))
    for folder in settings.book_folders:
        yield from sorted(folder.glob("*/*.toml"))
    yield settings.hardware_file


def _content(path: Path) -> bytes:
    """What stands in a file and how long it is; of one that cannot be read, why."""
    try:
        content = path.read_bytes()
    except OSError as failure:
        return repr(failure.errno).encode()
    return f"{len(content)} ".encode() + content


def load_tariff(
    settings: Settings,
    *,
    book: str | None = None,
    known_on: datetime | None = None,
    evidence: Evidence | None = None,
) -> Tariff:
    """The tariff in force under these settings.

    Args:
        settings: names the book, the user's own books and hardware.toml.
        book: another book than the settings name.
        known_on: only prices, rules and sightings of hardware that were known by then; the user's
            hardware.toml speaks as it stands, as its entries do not say since when they are known.
        evidence: what the ledger knows of deployments and models.

    Raises:
        PricingError: a book, rule or hardware file is not well.
    """
    from pricing.book import load_book
    from pricing.rule import shipped_rules
    from pricing.term import Tariff

    prices = load_book(book or settings.book, folders=settings.book_folders, as_known_on=known_on)
    rules = shipped_rules()
    return Tariff(
        book=prices,
        rules=rules if known_on is None else rules.as_known_on(known_on),
        hardware_map=load_map(settings, prices),
        releases=evidence.releases if evidence else (),
        catalogue=_load_catalogue(known_on) if settings.use_catalogue else None,
        model_facts=evidence.model_facts if evidence else {},
    )


def _load_catalogue(known_on: datetime | None) -> Catalogue:
    from pricing.catalogue import shipped_catalogue

    catalogue = shipped_catalogue()
    return catalogue if known_on is None else catalogue.as_known_on(known_on)


def load_map(settings: Settings, prices: PriceBook) -> HardwareMap:
    """The user's hardware.toml; one that is not there says nothing.

    Raises:
        HardwareMapRefused: the file has errors.
        SettingsUnreadable: the settings name a file that cannot be read.
    """
    from pricing.hardware_map import HardwareMap, read_hardware_map

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
    from pricing.rate import RateSubject

    return frozenset(key.name for key in prices.timelines if key.subject_kind is RateSubject.SKU)
