"""Price files for tests: short to write, whole and valid to read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from pricing.book import BookVersion, PriceBook, Rate, RateKey, RateSubject, build_book

HEADER = """\
book = "{book}"
version = "{version}"
effective_from = {effective_from}T00:00:00Z
known_since = {known_since}T00:00:00Z
kind = "{kind}"
currency = "USD"
source = "a test"
checked_on = 2026-11-21
"""


def at(text: str) -> datetime:
    """Read an instant: a day stands for its midnight in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def price_file(
    body: str = "",
    *,
    book: str = "test",
    version: str = "1",
    effective_from: str = "2024-01-01",
    known_since: str = "",
    kind: str = "move",
) -> str:
    """Write a price file: a valid header, then the body."""
    header = HEADER.format(
        book=book,
        version=version,
        effective_from=effective_from,
        known_since=known_since or effective_from,
        kind=kind,
    )
    return header + body


def sku_rate(sku: str, price: str, *, more: str = "") -> str:
    """Write a rate of a hardware tier."""
    return f'\n[[rate]]\nsku = "{sku}"\nunit = "second"\nprice_usd = "{price}"\n{more}\n'


def model_rate(price: str, when: str = "", *, unit: str = "output_image", more: str = "") -> str:
    """Write a rate of the model `acme/painter`; `when` is an inline table's content."""
    tier = f"when = {{ {when} }}\n" if when else ""
    return (
        f'\n[[rate]]\nmodel = "acme/painter"\nunit = "{unit}"\n'
        f'price_usd = "{price}"\n{tier}{more}\n'
    )


def write_files(folder: Path, *texts: str, book: str = "test") -> Path:
    """Lay files into a folder of books, named by their versions; give the folder."""
    (folder / book).mkdir(parents=True, exist_ok=True)
    for text in texts:
        version = text.split('version = "', 1)[1].split('"', 1)[0]
        (folder / book / f"{version}.toml").write_text(text, encoding="utf-8")
    return folder


def second_key(sku: str = "gpu-t4") -> RateKey:
    """Give the key of a second on a tier."""
    return RateKey(RateSubject.SKU, sku, "second")


def one_rate(price: str | None, effective_from: datetime, key: RateKey | None = None) -> Rate:
    """Make a rate; None withdraws."""
    return Rate(key or second_key(), None if price is None else Decimal(price), effective_from)


def book_of(*versions: BookVersion, base: PriceBook | None = None) -> PriceBook:
    """Put versions together to a book called `test`."""
    return build_book("test", versions, base=base)
