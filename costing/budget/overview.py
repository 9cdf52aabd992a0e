"""All budgets in their current periods: what `budget status`, the service and Python show.

Rule of this file: one list of standings under every front end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.budget.ledger import open_ledger
from costing.budget.source import read_source
from costing.budget.survey import empty_levels, survey
from costing.ledger.error import NoLedger
from costing.ledger.status import last_ingest

if TYPE_CHECKING:
    from costing.budget.level import Level
    from costing.lock import Turn
    from costing.settings import Settings


@dataclass(frozen=True, slots=True)
class Overview:
    """Where budgets stand.

    Attributes:
        levels: each budget with a live period in its newest one, with a forecast.
        now: when that was.
    """

    levels: tuple[Level, ...]
    now: datetime


def overlook(settings: Settings, turn: Turn, now: datetime) -> Overview:
    """Every budget in its newest live period.

    Raises:
        NoBudgets: there is no budgets.toml.
        PricingError: it has errors, all of them listed with their lines.
        LedgerLocked: others held the ledger longer than the turn allows to wait.
    """
    budgets = read_source(settings).budgets
    try:
        with open_ledger(settings, budgets, turn, now) as connection:
            as_of = last_ingest(connection)
            levels = survey(connection, budgets, now, data_as_of=as_of, has_all_forecasts=True)
    except NoLedger:
        levels = empty_levels(budgets, now)
    newest = {level.budget.name: level for level in levels}
    return Overview(tuple(newest.values()), now)


def pace(level: Level) -> Decimal | None:
    """How many times the even pace was spent so far; None before anything of the period is over.

    1 is a budget that will just be used up at the end of its period.
    """
    length = (level.period.end - level.period.start).total_seconds()
    lived = (min(level.now, level.period.end) - level.period.start).total_seconds()
    if lived <= 0:
        return None
    even_usd = level.budget.limit_usd * Decimal(int(lived)) / Decimal(int(length))
    return level.spent_usd / even_usd if even_usd else None
