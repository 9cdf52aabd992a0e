"""Make the catalogue of public models' hardware out of what was seen of it.

Run `python -m tools.catalogue_model_hardware`. It reads pricing/observations/model_hardware.csv and
writes pricing/catalogue/model_hardware.toml: one observation a row, in order of model, date and
tier, the date made into the interval in which the sighting was made. `2026-07-14` is that day,
`~2025` is that year, an empty date stays without an interval. The rule by which the sightings
speak is that of `pricing.catalogue`.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "pricing" / "observations" / "model_hardware.csv"
CATALOGUE = ROOT / "pricing" / "catalogue" / "model_hardware.toml"

_HEADER = """\
# Made by `python -m tools.catalogue_model_hardware` from pricing/observations/model_hardware.csv.
# Each observation: on what hardware a public model was seen to run, and in which interval
# [seen_from, seen_until) it was seen; without an interval the sighting bears no date.
"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One row of the table, its date made into days.

    Attributes:
        seen_from: first day of the interval; None when the row bears no date.
        seen_until: first day after it.
    """

    model: str
    sku: str
    hardware: str
    seen_from: date | None
    seen_until: date | None
    source: str
    confidence: str


def interval(text: str) -> tuple[date | None, date | None]:
    """Return the days in which a sighting was made, the end exclusive.

    Args:
        text: `2026-07-14`, `~2025` for some day of that year, or empty.

    Raises:
        ValueError: the text is no such date.
    """
    if not text:
        return None, None
    if text.startswith("~"):
        year = int(text[1:])
        return date(year, 1, 1), date(year + 1, 1, 1)
    day = date.fromisoformat(text)
    return day, day + timedelta(days=1)


def read_sightings(path: Path) -> list[Sighting]:
    """Read the table, sorted by model, date and tier, those without a date last."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [_sighting(row) for row in csv.DictReader(file)]
    return sorted(rows, key=lambda seen: (seen.model, seen.seen_from or date.max, seen.sku))


def make_catalogue(sightings: Iterable[Sighting]) -> str:
    """Return the text of the catalogue's file."""
    return "\n".join([_HEADER, *("\n".join(_lines(seen)) + "\n" for seen in sightings)])


def main() -> None:
    """Write the catalogue and tell how many observations it holds."""
    sightings = read_sightings(TABLE)
    CATALOGUE.write_text(make_catalogue(sightings), encoding="utf-8")
    models = len({seen.model for seen in sightings})
    sys.stdout.write(f"observations: {len(sightings)}\nmodels: {models}\n")


def _sighting(row: dict[str, str]) -> Sighting:
    seen_from, seen_until = interval(row["seen_on"])
    return Sighting(
        model=row["model"],
        sku=row["sku"],
        hardware=row["hardware_text"],
        seen_from=seen_from,
        seen_until=seen_until,
        source=row["source"],
        confidence=row["confidence"],
    )


def _lines(seen: Sighting) -> Iterator[str]:
    yield "[[observation]]"
    yield f"model = {_quoted(seen.model)}"
    yield f"sku = {_quoted(seen.sku)}"
    yield f"hardware = {_quoted(seen.hardware)}"
    if seen.seen_from and seen.seen_until:
        yield f"seen_from = {seen.seen_from}T00:00:00Z"
        yield f"seen_until = {seen.seen_until}T00:00:00Z"
    yield f"source = {_quoted(seen.source)}"
    yield f"confidence = {_quoted(seen.confidence)}"


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's strings are such."""
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    main()
