"""The system's clock: read here and nowhere else in the product.

Rule of this file: everything that needs the current instant is given a clock. Whoever starts the
program (`costing.open`, the command line, the service) gives it this one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the current instant, aware."""


def system_clock() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC)
