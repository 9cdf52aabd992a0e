"""What the ledger lacks in hardware, and whether hardware.toml is well."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.ledger.connection import opened
from costing.ledger.error import NoLedger
from costing.ledger.subject import read_subjects
from costing.rated_ledger import Rating, rated_ledger
from costing.statement import read_statement
from costing.tariff import load_map, tariff_source
from pricing.book import load_book
from pricing.hardware_map import check_hardware_map
from pricing.sku import near_skus

if TYPE_CHECKING:
    from costing.lock import Turn
    from costing.settings import Settings
    from pricing.finding import Finding
    from pricing.usage import Subject


@dataclass(frozen=True, slots=True)
class MissingHardware:
    """Predictions of one model version or deployment whose hardware nobody tells, or can read.

    Attributes:
        model: `owner/name`, '' where the records name none.
        version: version of the model, '' where the records name none.
        deployment: `owner/name` of the deployment, '' where there was none.
        predictions: how many are unrated for want of hardware.
        seconds: how long they ran, where that is known.
        hardware: what the records say they ran on, a name that no tier has; '' where they say none.
    """

    model: str
    version: str
    deployment: str
    predictions: int
    seconds: Decimal
    hardware: str = ""

    @property
    def nearest(self) -> tuple[str, ...]:
        """The tiers that are spelled most like `hardware`."""
        return tuple(near_skus(self.hardware)) if self.hardware else ()


def find_missing(settings: Settings, turn: Turn) -> list[MissingHardware]:
    """What is unrated for want of hardware, most seconds first."""
    rating = Rating(tariff_source(settings))
    try:
        with rated_ledger(settings, rating, turn) as connection:
            statement = read_statement("ledger/views", "missing_hardware")
            rows = connection.execute(statement).fetchall()
    except NoLedger:
        return []
    return [MissingHardware(*row) for row in rows]


def check_map(settings: Settings, turn: Turn) -> list[Finding]:
    """Entries of hardware.toml that name no hardware, match no record or contradict each other.

    Raises:
        HardwareMapRefused: the file has errors.
    """
    found = load_map(settings, load_book(settings.book, folders=settings.book_folders))
    subjects: list[Subject] = []
    with suppress(NoLedger), opened(settings.home, turn) as connection:
        subjects = read_subjects(connection)
    return list(check_hardware_map(found, subjects))
