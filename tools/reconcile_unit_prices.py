"""Make the dated unit prices of the `replicate` book out of what was seen of them.

Run `python -m tools.reconcile_unit_prices`. It reads pricing/observations, writes
pricing/books/replicate/unit-prices-YEAR.toml and tells the counts that docs/unit-prices.md quotes.
The same observations always give the same bytes.
"""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pricing.rate import Confidence
from tools.unit_price.asked_quantity import read_asked_quantities
from tools.unit_price.book_text import make_files
from tools.unit_price.default_tier import DefaultTier, read_default_tiers
from tools.unit_price.history import Histories, make_histories
from tools.unit_price.observation import Sighting, read_sightings
from tools.unit_price.tier import read_tier_names

ROOT = Path(__file__).parents[1]
OBSERVATIONS = ROOT / "pricing" / "observations"
BOOK = ROOT / "pricing" / "books" / "replicate"
TABLES = ("unit_prices.csv", "unit_prices_more.csv")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All that came of the observations: sightings, histories, defaults and the files' text."""

    sightings: tuple[Sighting, ...]
    histories: Histories
    defaults: tuple[DefaultTier, ...]
    files: Mapping[str, str]


def reconcile_observations(folder: Path) -> Reconciliation:
    """Read the observations of a folder and make the book's files out of them."""
    sightings = tuple(seen for table in TABLES for seen in read_sightings(folder / table))
    histories = make_histories(
        sightings,
        read_tier_names(folder / "tier_names.toml"),
        read_asked_quantities(folder / "asked_quantities.toml"),
    )
    defaults = read_default_tiers(folder / "tier_defaults.toml")
    files = make_files(histories.rates, defaults)
    return Reconciliation(sightings, histories, defaults, files)


def count(made: Reconciliation) -> dict[str, int]:
    """Count what the rule did, in the words of docs/unit-prices.md."""
    priced = [rate for rate in made.histories.rates if rate.price_usd is not None]
    keys = {rate.key for rate in priced}
    confidences = Counter(rate.confidence for rate in priced)
    return {
        "sightings": len(made.sightings),
        "models": len({key.model for key in keys}),
        "keys": len(keys),
        "rates": len(priced),
        "price moves": len(priced) - len(keys),
        "withdrawals": len(made.histories.rates) - len(priced),
        "contradictions resolved": len(made.histories.dropped),
        "models read in a second unit": len(made.histories.left_out),
        "sightings of unnamed tiers left out": made.histories.unnamed,
        "models with a default tier": len(made.defaults),
        "rates of high confidence": confidences[Confidence.HIGH],
        "rates of medium confidence": confidences[Confidence.MEDIUM],
        "rates of low confidence": confidences[Confidence.LOW],
    }


def main() -> None:
    """Write the files and tell the counts."""
    made = reconcile_observations(OBSERVATIONS)
    for name, text in made.files.items():
        (BOOK / name).write_text(text, encoding="utf-8")
    for what, number in count(made).items():
        sys.stdout.write(f"{what}: {number}\n")


if __name__ == "__main__":
    main()
