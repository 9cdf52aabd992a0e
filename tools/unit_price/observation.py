"""Sightings of unit prices, read from the tables in pricing/observations.

One row is one sighting: on a day somebody wrote down that a model costs so much per unit. What a
row says is never changed here; rows are only read and checked.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path

from pricing.rate import Confidence


class SourceKind(Enum):
    """Who says so, strongest first."""

    OFFICIAL = "official"
    TRANSCRIPTION = "transcription of the official page"
    THIRD_PARTY_CODE = "third party code"
    THIRD_PARTY_TEXT = "third party text"


_KINDS = tuple(SourceKind)
_CONFIDENCES = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One price of one model, unit and tier, as somebody saw it on a day.

    Attributes:
        model: `owner/name`.
        unit: what is counted, in the ids of pricing/units.toml.
        selector: the tier as the source names it, `name=value;name<=bound`; empty for none.
        published: the price in the source's own words.
        price_usd: US dollars for one unit.
        seen_on: the day of the sighting.
        source: where it was seen.
        kind: who says so.
        confidence: how far the row can be trusted.
        input_field: the field of the record's input that holds the asked quantity; or empty.
    """

    model: str
    unit: str
    selector: str
    published: str
    price_usd: Decimal
    seen_on: date
    source: str
    kind: SourceKind
    confidence: Confidence
    input_field: str

    @property
    def strength(self) -> tuple[int, int]:
        """Larger is stronger: first who says so, then how far the row can be trusted."""
        return (-_KINDS.index(self.kind), -_CONFIDENCES.index(self.confidence))


def read_sightings(path: Path) -> Iterator[Sighting]:
    """Read one table of sightings, in the order of its rows.

    Raises:
        ValueError: a row cannot be read; the message names file and line.
    """
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            try:
                yield _sighting(row)
            except (KeyError, ValueError, ArithmeticError) as error:
                raise ValueError(f"{path.name}, row {line}: {error!r}") from error


def _sighting(row: dict[str, str]) -> Sighting:
    return Sighting(
        model=row["model"],
        unit=row["unit"],
        selector=row["selector"],
        published=row["published_price"],
        price_usd=Decimal(row["price_usd"]),
        seen_on=date.fromisoformat(row["seen_on"]),
        source=row["source"],
        kind=SourceKind(row["source_kind"]),
        confidence=Confidence(row["confidence"]),
        input_field=row["quantity_input"],
    )
