"""What the price commands share: reading an instant, writing a key and rows of prices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costing.cli.output import write_grid, write_json
from costing.cli.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costing.settings import Settings
    from pricing.rate import RateKey


def instant_of(text: str | None, settings: Settings) -> datetime:
    """The instant that is meant, now if none; what has no offset is of the set zone."""
    from costing.instant import parse_instant

    return datetime.now(UTC) if text is None else parse_instant(text, settings.timezone)


def key_cells(key: RateKey) -> tuple[str, str, str]:
    """Name, unit and tier of what is priced."""
    tier = " ".join(f"{selector}={condition}" for selector, condition in key.when)
    return key.name, key.unit, tier or "—"


def write_rows(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    shape: Shape,
    *,
    right: Sequence[str] = (),
) -> None:
    """Write rows as a table or as JSON, whose names have underscores for spaces."""
    if shape is Shape.JSON:
        names = [title.replace(" ", "_") for title in titles]
        write_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        write_grid(titles, rows, right=right)
