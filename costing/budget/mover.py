"""What moved: which models spent more or less than in the same days of the period before.

Rule of this file: it asks the monthly report, so that a message says what the report says.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from costing.budget.message import Mover
from reports.parameter import Parameters
from reports.query import find_query
from reports.run import run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.budget.level import Level

MOST_MOVERS = 3


def find_movers(
    connection: DuckDBPyConnection, level: Level, most: int = MOST_MOVERS
) -> tuple[Mover, ...]:
    """The models whose spend changed most, in either direction, the largest first.

    Args:
        connection: the rated ledger, of the period before too.
        level: the budget and the period in question.
        most: how many.
    """
    parameters = Parameters(
        period=level.period.as_period,
        by=("model",),
        where=level.budget.scope,
        until=level.now,
    )
    table = run(connection, find_query("monthly"), parameters)
    columns = (table.values(name) for name in ("model", "amount_usd", "same_days_usd"))
    movers = [
        Mover(str(name or ""), _amount(spent), _amount(before))
        for name, spent, before in zip(*columns, strict=True)
    ]
    moved = [mover for mover in movers if mover.change_usd]
    return tuple(sorted(moved, key=lambda one: (-abs(one.change_usd), one.name))[:most])


def _amount(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
