"""What all budgets have spent, day by day: a few queries for however many budgets there are.

Rule of this file: the charges of the time that any budget asks about are summed once, by the days
of all zones and by the dimensions that any scope names, from the views and priced by the macro that
reports read too. What a budget spent is then a sum of these sums, in SQL and exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from json import dumps
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from costing.budget.scope import dimensions_of, patterns_of
from costing.statement import read_statement
from pricing.calendar import first_instant
from pricing.money import add_exact
from reports.history import last_day
from reports.plan import Bound
from reports.series import Series

if TYPE_CHECKING:
    from datetime import tzinfo

    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    from costing.budget.budget import Budget
    from reports.dimension import Condition

Scope = tuple[frozenset["Condition"], "tzinfo"]
"""Conditions, and the zone whose days are meant."""

_FOLDER = "budget/queries"
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BUCKET = (
    "left join budget_slot as bucket "
    "on bucket.slot = (epoch_us(charged_at) - $bucket_origin) // $bucket_step"
)
_FIRST_DAY = date(1970, 1, 2)


@dataclass(frozen=True, slots=True)
class BudgetDay:
    """What a budget spent on one local day that has predictions.

    Attributes:
        amount_usd: exact, of what is rated.
        predictions: of that day; unrated: those without an amount.
    """

    day: date
    amount_usd: Decimal
    predictions: int
    unrated: int

    @property
    def is_unknown(self) -> bool:
        """Whether there are predictions and none of them has an amount."""
        return bool(self.unrated) and self.unrated == self.predictions


@dataclass(frozen=True, slots=True)
class Asked:
    """One budget and the time it asks about.

    Attributes:
        since, until: local days from the first to before the second, exactly.
        estimated_since: the local day from which on a series is wanted; None for none.
    """

    budget: Budget
    since: date
    until: date
    estimated_since: date | None = None

    @property
    def first(self) -> date:
        """The first day of all that is asked."""
        return min(self.since, self.estimated_since or self.since)

    @property
    def scope(self) -> Scope:
        """What it covers and whose days it means: budgets alike in both share what is read."""
        return frozenset(self.budget.scope), self.budget.zone


def read_daily(
    connection: DuckDBPyConnection, asked: Sequence[Asked]
) -> tuple[tuple[BudgetDay, ...], ...]:
    """What each budget spent by day, in the order asked, days in order.

    Args:
        connection: with the views that reports read (`costing.rated_ledger`); temporary tables are
            made on it.
        asked: the budgets and from which day to which.
    """
    if not asked:
        return ()
    scopes = _merge(asked)
    edges, columns = _lay_calendar(connection, asked), _columns([one.budget for one in asked])
    _sum_charges(connection, "bucket.piece", _BUCKET, columns, edges)
    _lay_scopes(connection, list(scopes.values()), columns)
    _run(connection, "day_spend", {}, {})
    found: dict[Scope, list[BudgetDay]] = {scope: [] for scope in scopes}
    in_order = list(found.values())
    rows = connection.execute(read_statement(_FOLDER, "daily")).fetchall()
    for number, day, amount, predictions, unrated in rows:
        in_order[number].append(BudgetDay(day, amount, int(predictions), int(unrated)))
    return tuple(
        tuple(day for day in found[one.scope] if one.since <= day.day < one.until) for one in asked
    )


def read_series(
    connection: DuckDBPyConnection, asked: Sequence[Asked], until: datetime
) -> tuple[Series, ...]:
    """What each budget that asks for it spent by day, to estimate from; empty for the others.

    Args:
        connection: on which `read_daily` was asked the same just before.
        until: aware; the instant up to which spend is known.
    """
    scopes = _merge(asked)
    columns = connection.execute(read_statement(_FOLDER, "series")).fetchnumpy()
    amounts = np.ma.filled(columns["amount_usd"], np.nan)
    edges = np.searchsorted(columns["budget"], np.arange(len(scopes) + 1))
    days = columns["day"].astype("datetime64[D]").astype(np.int64) + _EPOCH.toordinal()
    series = {
        scope: _series(days[begin:end], amounts[begin:end], last_day(until, scope[1]))
        for scope, begin, end in zip(scopes, edges, edges[1:], strict=False)
    }
    return tuple(series[one.scope] for one in asked)


def _series(days: NDArray[np.int64], amounts: NDArray[np.float64], last: date) -> Series:
    """Days with records by ordinal, NaN where nothing is rated, and zero for those between."""
    is_lived = days <= last.toordinal()
    days, amounts = days[is_lived], amounts[is_lived]
    (known,) = np.nonzero(~np.isnan(amounts))
    if not len(known):
        return Series(date.min, np.empty(0))
    first = int(days[known[0]])
    values = np.zeros(last.toordinal() - first + 1)
    values[days[known[0] :] - first] = amounts[known[0] :]
    return Series(date.fromordinal(first), values)


def _merge(asked: Sequence[Asked]) -> dict[Scope, Asked]:
    """One asking for all budgets of the same scope and zone, over all the time that they ask of."""
    merged: dict[Scope, Asked] = {}
    for one in asked:
        other = merged.get(one.scope, one)
        starts = [day for day in (one.estimated_since, other.estimated_since) if day is not None]
        merged[one.scope] = Asked(
            budget=other.budget,
            since=min(one.since, other.since),
            until=max(one.until, other.until),
            estimated_since=min(starts, default=None),
        )
    return merged


def read_dates(connection: DuckDBPyConnection) -> list[date]:
    """The UTC dates of the time that `read_daily` read last on which there is any record."""
    return [day for (day,) in connection.execute(read_statement(_FOLDER, "dates")).fetchall()]


def read_windows(
    connection: DuckDBPyConnection, budgets: Sequence[Budget], now: datetime
) -> tuple[Mapping[timedelta, Decimal], ...]:
    """What each budget spent in its burn windows, which end now; what is dated later counts too."""
    burns = [burn for one in budgets for burn in one.burns]
    spans = sorted({span for burn in burns for span in (burn.short, burn.long)})
    if not spans:
        return tuple({} for _ in budgets)
    starts = [now - span for span in reversed(spans)]
    values: dict[str, Bound] = {f"edge_{i}": _naive(start) for i, start in enumerate(starts)}
    values |= {"start": _naive(starts[0]), "end": datetime(9999, 12, 31)}  # noqa: DTZ001
    piece = " + ".join(f"cast(charged_at >= $edge_{i} as integer)" for i in range(len(starts)))
    columns = _columns(budgets)
    _sum_charges(connection, piece, "", columns, values)
    _lay_scopes(connection, [Asked(one, _FIRST_DAY, date.max) for one in budgets], columns)
    found: list[dict[timedelta, list[Decimal]]] = [{span: [] for span in spans} for _ in budgets]
    rows = connection.execute(read_statement(_FOLDER, "windows")).fetchall()
    for budget, piece_number, amount in rows:
        for span in list(reversed(spans))[: int(piece_number)]:
            found[budget][span].append(amount)
    return tuple({span: add_exact(some) for span, some in one.items()} for one in found)


def _lay_calendar(connection: DuckDBPyConnection, asked: Sequence[Asked]) -> Mapping[str, Bound]:
    """Makes the tables of pieces and days; what to bind, so that an instant finds its piece."""
    spans = _spans_by_zone(asked)
    first_instants = {
        zone: [(day, first_instant(day, zone)) for day in _days(since, until + _DAY)]
        for zone, (since, until) in spans.items()
    }
    edges = sorted({instant for days in first_instants.values() for _, instant in days})
    numbers = {edge: _microseconds(edge) for edge in edges}
    origin = numbers[edges[0]]
    step = reduce(gcd, (number - origin for number in numbers.values())) or 1
    slots = [(numbers[edge] - origin) // step for edge in edges]
    position = {edge: index for index, edge in enumerate(edges)}
    days = [
        (zone_number, piece, day.isoformat())
        for zone_number, listed in enumerate(first_instants.values())
        for (day, begin), (_, end) in pairwise(listed)
        for piece in range(position[begin], position[end])
    ]
    columns = {
        "pieces": range(len(edges) - 1),
        "first_slots": slots[:-1],
        "last_slots": slots[1:],
        "begin_dates": [edge.date().isoformat() for edge in edges[:-1]],
        "day_zones": [one[0] for one in days],
        "day_pieces": [one[1] for one in days],
        "days": [one[2] for one in days],
    }
    bound = {name: ",".join(map(str, values)) for name, values in columns.items()}
    _run(connection, "calendar", {}, bound)
    return {
        "bucket_origin": origin,
        "bucket_step": step,
        "start": _naive(edges[0]),
        "end": _naive(edges[-1]),
    }


def _spans_by_zone(asked: Sequence[Asked]) -> dict[tzinfo, tuple[date, date]]:
    """The local days that are asked about in each zone, zones in the order of the budgets."""
    spans: dict[tzinfo, tuple[date, date]] = {}
    for one in asked:
        since, until = spans.get(one.budget.zone, (one.first, one.until))
        spans[one.budget.zone] = (min(since, one.first), max(until, one.until))
    return spans


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns in which the dimensions of all scopes stand.

    Attributes:
        of_row: SQL by column, of dimensions in which records of one subject may differ.
        of_price: SQL by column, of those that follow from subject and term.
        values: keys of tags, to be bound.
    """

    of_row: Mapping[str, str]
    of_price: Mapping[str, str]
    values: Mapping[str, Bound]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them in the order of the dimensions."""
        return tuple(sorted([*self.of_row, *self.of_price], key=lambda name: int(name[4:])))


def _columns(budgets: Sequence[Budget]) -> _Columns:
    """A column, `dim_1` and so on, for each dimension that any scope names."""
    of_row: dict[str, str] = {}
    of_price: dict[str, str] = {}
    values: dict[str, Bound] = {}
    for index, dimension in enumerate(dimensions_of(budgets), start=1):
        expression = dimension.expression
        if dimension.tag is not None:
            values[f"tag_{index}"] = dimension.tag
            expression = expression.replace("{tag}", f"$tag_{index}")
        columns = of_row if dimension.is_of_row else of_price
        columns[f"dim_{index}"] = expression
    return _Columns(of_row, of_price, values)


def _sum_charges(
    connection: DuckDBPyConnection,
    piece: str,
    bucket: str,
    columns: _Columns,
    edges: Mapping[str, Bound],
) -> None:
    """Fills the table `spend_by_place`.

    Args:
        connection: the rated ledger.
        piece: SQL of this program that gives the number of an instant's piece of time.
        bucket: the join that it needs.
        columns: the dimensions of all scopes.
        edges: what to bind; `start` and `end` are the time to read.
    """
    rows = {"row_0": piece, **columns.of_row}
    sums = {"dim_0": "0", **columns.of_price}
    fragments = {
        "bucket": bucket,
        "row_dimensions": ", ".join(f"{text} as {name}" for name, text in rows.items()),
        "rows": ", ".join(rows),
        "row_names": ", ".join(f"s.{name}" for name in rows),
        "sum_dimensions": ", ".join(f"{text} as {name}" for name, text in sums.items()),
        "subject_dimensions": ", ".join(columns.of_price.values()) or "t.class",
        "place_dimensions": ", ".join(columns.of_price.values()) or "0",
        "sums": ", ".join(sums),
    }
    _run(connection, "usage", fragments, {**edges, **columns.values})


def _lay_scopes(connection: DuckDBPyConnection, asked: Sequence[Asked], columns: _Columns) -> None:
    """Makes the tables of which combination belongs to which budgets, and the sums by class."""
    dimensions = dimensions_of(one.budget for one in asked)
    number_of = {dimension.name: index for index, dimension in enumerate(dimensions, start=1)}
    zones = {zone: number for number, zone in enumerate(_spans_by_zone(asked))}
    budgets = [
        {
            "budget": number,
            "zone": zones[one.budget.zone],
            "since": one.since.isoformat(),
            "estimated_since": (one.estimated_since or date.max).isoformat(),
            "dimensions": len(patterns_of(one.budget.scope)),
        }
        for number, one in enumerate(asked)
    ]
    patterns = [
        {"budget": number, "dimension": number_of[name], "pattern": pattern}
        for number, one in enumerate(asked)
        for name, alike in patterns_of(one.budget.scope).items()
        for pattern in alike
    ]
    _run(connection, "scope", {}, {"budgets": dumps(budgets), "patterns": dumps(patterns)})
    of_row = [f"s.{name}" for name in columns.of_row]
    of_price = [f"p.{name}" for name in columns.of_price]
    values = [
        f"from combination select combination, {name[4:]} as dimension, "
        f"coalesce({name}, '') as value"
        for name in columns.names
    ]
    fragments = {
        "rows": ", ".join(columns.of_row) or "0 as row_none",
        "combined": ", ".join(["s.place", *of_row, *of_price]),
        "combination_values": " union all ".join(values)
        or "select 0 as combination, 0 as dimension, '' as value where false",
        "is_same": " and ".join(
            ["true", *(f"s.{one} is not distinct from n.{one}" for one in columns.of_row)]
        ),
    }
    _run(connection, "membership", fragments, {})


def _run(
    connection: DuckDBPyConnection,
    name: str,
    fragments: Mapping[str, str],
    values: Mapping[str, Bound],
) -> None:
    """Runs a file's statements, placeholders replaced, with just the parameters that they name."""
    text = read_statement(_FOLDER, name)
    for placeholder, fragment in fragments.items():
        text = text.replace(f"{{{placeholder}}}", fragment)
    for statement in connection.extract_statements(text):
        connection.execute(statement, {name: values[name] for name in statement.named_parameters})


def _days(since: date, until: date) -> list[date]:
    """Local days from one to before another."""
    return [since + number * _DAY for number in range((until - since).days)]


def _naive(instant: datetime) -> datetime:
    """An aware instant as the ledger writes it: UTC, without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND
