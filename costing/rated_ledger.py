"""The ledger with its charges: read-only, with the views that reports and explanations read.

Rule of this file: every sum of charges (reports, budgets, what lacks hardware) is asked through
here, so that the same prices, rules, evidence and records stand behind each. One prediction alone
is explained in Python, by the same tariff and the same code of `pricing` (`costing.explanation`).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costing.ledger.connection import opened
from costing.ledger.term import load_other_terms, load_other_views, load_terms, load_views
from costing.statement import run_statement
from costing.tag_file import load_tags, read_tag_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from costing.lock import Turn
    from costing.settings import Settings
    from costing.tariff import TariffSource
    from pricing.calendar import Period


@dataclass(frozen=True, slots=True)
class Rating:
    """Under which terms, and as of when, the ledger is read.

    Attributes:
        tariff: prices, rules and hardware evidence.
        other: a second tariff to compare with, as the view `used_other`.
        known_on: only records that had been ingested by then; None is all.
        period: instants outside which nothing will be asked; None is all time.
    """

    tariff: TariffSource
    other: TariffSource | None = None
    known_on: datetime | None = None
    period: Period | None = None


@contextmanager
def rated_ledger(settings: Settings, rating: Rating, turn: Turn) -> Iterator[DuckDBPyConnection]:
    """The ledger of these settings with the views `record` and `charge` under these terms.

    Raises:
        NoLedger: nothing was ever ingested here.
        LedgerLocked: a writer held it longer than the turn allows to wait.
        PricingError: a price book, hardware.toml or tags.toml is not well.
    """
    home, rules = settings.home, read_tag_rules(settings)
    with opened(home, turn) as connection:
        if rating.known_on is not None:
            instant = rating.known_on.replace(tzinfo=None).isoformat()
            run_statement(connection, "ledger/views", "known_on", {"instant": instant})
        if rating.other is not None:
            load_other_terms(connection, rating.other, home, rating.period)
        load_terms(connection, rating.tariff, home, rating.period)
        load_tags(connection, rules)
        load_views(connection, rating.period)
        if rating.other is not None:
            load_other_views(connection)
        yield connection
