"""The rated ledger for budgets: of the time that they ask about, under the terms in force.

Rule of this file: whoever asks what a budget spent asks through here, so that check, status,
explain and backtest give the same amounts.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from costing.budget.survey import asked_period
from costing.rated_ledger import Rating, rated_ledger
from costing.tariff import tariff_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from costing.budget.budget import Budget
    from costing.lock import Turn
    from costing.settings import Settings


@contextmanager
def open_ledger(
    settings: Settings,
    budgets: Sequence[Budget],
    turn: Turn,
    now: datetime,
    *,
    known_on: datetime | None = None,
) -> Iterator[DuckDBPyConnection]:
    """The rated ledger; with `known_on`, as it and the prices were known then.

    Raises:
        NoLedger: nothing was ever ingested here.
        LedgerLocked: a writer held it longer than the turn allows to wait.
    """
    rating = Rating(
        tariff_source(settings, known_on=known_on),
        known_on=known_on,
        period=asked_period(budgets, now),
    )
    with rated_ledger(settings, rating, turn) as connection:
        yield connection
