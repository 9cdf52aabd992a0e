"""Reports whose lines no SQL can give: one module and one row here.

A derivation takes the lines of a report's statement and gives those of its table, and their total.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from reports.derivations.asked import Asked
from reports.derive import Line
from reports.query import Derivation

__all__ = ["Asked", "find_derivation"]

Derive = Callable[[Sequence[Line], Asked], tuple[list[Line], Line]]
"""From the statement's lines to the table's, and their total."""


def find_derivation(name: Derivation) -> Derive:
    """The derivation of that name; its module is loaded only now."""
    match name:
        case Derivation.FORECAST:
            from reports.derivations.forecast import forecast_lines

            return forecast_lines
        case Derivation.ANOMALIES:
            from reports.derivations.anomalies import anomaly_lines

            return anomaly_lines
        case _:
            assert_never(name)
