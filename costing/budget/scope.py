"""What a budget covers: conditions as a report's `--where`, and which groups of spend match them.

Rule of this file: the words of a scope are those of `reports.dimension`, and it is read as a report
reads conditions: several on one dimension widen it, several dimensions narrow it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reports.dimension import Condition, Reach, parse_condition
from reports.errors import BadCondition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costing.budget.budget import Budget
    from reports.dimension import Dimension

ALL = "all"


def read_condition(text: str) -> Condition:
    """A condition as budgets.toml writes it: `model=acme/*`, `tag:team=search`.

    Raises:
        ReportError: it is none, or is about a piece of calendar, which is the period's business.
    """
    condition = parse_condition(text)
    if condition.dimension.reach is Reach.TIME or condition.dimension.name in _OF_STATE:
        raise BadCondition(text)
    return condition


_OF_STATE = frozenset({"state", "reason", "status", "unit", "price_version", "evidence"})
"""Dimensions that say how a charge came about, rather than what was spent on."""


def dimensions_of(budgets: Iterable[Budget]) -> tuple[Dimension, ...]:
    """The dimensions that any scope names, in order of their names."""
    named = {one.dimension.name: one.dimension for budget in budgets for one in budget.scope}
    return tuple(named[name] for name in sorted(named))


def patterns_of(scope: Sequence[Condition]) -> Mapping[str, tuple[str, ...]]:
    """A scope's patterns by dimension."""
    patterns: dict[str, tuple[str, ...]] = {}
    for one in scope:
        name = one.dimension.name
        patterns[name] = (*patterns.get(name, ()), one.pattern)
    return patterns
