"""What the price commands share: reading an instant, writing rows of prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costing.cli.output import write_grid, write_json
from costing.cli.shape import Shape
from costing.price_list import named_rows, shown_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from costing.price_list import Cell
    from costing.settings import Settings


def instant_of(text: str | None, settings: Settings, now: datetime) -> datetime:
    """The instant that is meant, now if none; what has no offset is of the set zone."""
    from costing.instant import parse_instant

    return now if text is None else parse_instant(text, settings.timezone)


def write_rows(
    titles: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    shape: Shape,
    *,
    right: Sequence[str] = (),
) -> None:
    """Write rows as a table or as JSON, whose names have underscores for spaces."""
    if shape is Shape.JSON:
        write_json(named_rows(titles, rows))
    else:
        write_grid(titles, shown_rows(titles, rows), right=right)
