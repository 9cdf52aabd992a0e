"""Reports say of charges what the view `charge` says of each, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.money import add_exact
from reports.dimension import parse_condition
from tests.reports.asking import LAWFUL, ZONES, ask, october, refill, rows, total
from tests.reports.small_ledger import L40S, T4, Row, new_ledger, sample_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from reports.table import Table

Key = tuple[str | None, ...]
Amounts = dict[Key, list[Decimal]]
CONDITIONS = ["source=web", "source=a*", "tag:team=a", "tag:team=", "model=acme/*", "model=labs/c*"]

OURS, THEIRS = "charged('used')", "charged_other('used_other')"


@dataclass(frozen=True, slots=True)
class Charge:
    """What one charge is narrowed and grouped by, and its amount."""

    source: str
    team: str | None
    model: str
    charged_at: datetime
    amount_usd: Decimal | None

    def matches(self, condition: str) -> bool:
        """Whether a condition, read by other means than the reports', lets the charge pass."""
        name, _, pattern = condition.partition("=")
        held = {"source": self.source, "tag:team": self.team or "", "model": self.model}
        return fnmatchcase(held[name], pattern)


@pytest.fixture(scope="module")
def ledger() -> Iterator[DuckDBPyConnection]:
    with new_ledger() as connection:
        yield connection


def charges(connection: DuckDBPyConnection, zone: str) -> list[Charge]:
    """Every charge of October, from the view, one by one."""
    fetched = connection.execute(
        "select source, tags['team'], model, charged_at, amount_usd from charge"
    ).fetchall()
    every = [
        Charge(source, team, model, charged_at.replace(tzinfo=UTC), amount)
        for source, team, model, charged_at, amount in fetched
    ]
    return [one for one in every if is_october(one.charged_at, zone)]


def lines(table: Table, count: int) -> Mapping[Key, object]:
    """The amount of each line by the line's first cells."""
    position = [column.name for column in table.columns].index("amount_usd")
    return {tuple(map(as_text, row[:count])): row[position] for row in table.rows}


def as_text(cell: object) -> str | None:
    return None if cell is None else str(cell)


@LAWFUL
@given(
    filled=rows(),
    zone=st.sampled_from(ZONES),
    conditions=st.lists(st.sampled_from(CONDITIONS), max_size=3, unique_by=lambda one: one[:5]),
)
def test_lines_are_sums_of_the_charges_one_by_one(
    filled: list[Row], zone: str, conditions: list[str], ledger: DuckDBPyConnection
) -> None:
    refill(ledger, filled)
    where = tuple(parse_condition(text) for text in conditions)
    amounts: Amounts = {}
    for one in charges(ledger, zone):
        if all(map(one.matches, conditions)):
            day = str(one.charged_at.astimezone(ZoneInfo(zone)).date())
            known = amounts.setdefault((one.source, one.team, day, one.model), [])
            known += [] if one.amount_usd is None else [one.amount_usd]

    table = ask(
        ledger, "monthly", october(zone), by=("source", "tag:team", "day", "model"), where=where
    )

    assert lines(table, 4) == {
        key: add_exact(known) if known else None for key, known in amounts.items()
    }


def test_comparison_is_of_the_records_that_both_books_rate() -> None:
    at = datetime(2026, 10, 2)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
    with new_ledger([Row(id="a", subject=T4, at=at), Row(id="b", subject=L40S, at=at)]) as ledger:
        lose_rates(ledger, {T4})
        table = ask(ledger, "compare", october("UTC"))

    assert table.values("amount_usd") == [Decimal("0.012")]
    assert table.values("both_amount_usd") == [Decimal("0.00975")]
    assert table.values("both_other_usd") == [Decimal("0.0195")]
    assert table.values("difference_usd") == [Decimal("0.00975")]
    assert table.values("ratio") == [Decimal(2)]


def test_books_without_a_common_record_have_no_difference() -> None:
    with new_ledger(sample_rows(), has_kept_on=True) as ledger:
        lose_rates(ledger, set(range(1, 9)))
        table = ask(ledger, "compare", october("UTC"), where=(parse_condition("status=succeeded"),))

    assert set(table.values("both_amount_usd")) == {None}
    assert set(table.values("difference_usd")) == {None}
    assert set(table.values("ratio")) == {None}


@LAWFUL
@given(
    filled=rows(),
    zone=st.sampled_from(ZONES),
    unknown=st.sets(st.integers(1, 8)),
    names=st.lists(
        st.sampled_from(["model", "hardware", "unit", "day", "tag:team", "state"]),
        max_size=3,
        unique=True,
    ),
)
def test_every_comparison_is_of_the_same_records(
    filled: list[Row], zone: str, unknown: set[int], names: list[str]
) -> None:
    with new_ledger(filled) as ledger:
        lose_rates(ledger, unknown)
        ours, theirs = (rated_amounts(ledger, charge, zone) for charge in (OURS, THEIRS))
        table = ask(ledger, "compare", october(zone), by=tuple(names))

    common = ours.keys() & theirs.keys()
    assert total(table, "amount_usd") == add_exact(list(ours.values()))
    assert total(table, "other_usd") == add_exact(list(theirs.values()))
    both = add_exact([ours[one] for one in common])
    other_both = add_exact([theirs[one] for one in common])
    assert total(table, "both_amount_usd") == both
    assert total(table, "both_other_usd") == other_both
    assert total(table, "difference_usd") == other_both - both


def lose_rates(connection: DuckDBPyConnection, subjects: set[int]) -> None:
    """Takes the rates of some subjects out of the other book."""
    connection.execute(
        """
        update term_other set unit_price_usd = null, reason = 'no_rate'
        where subject_id in $subjects
        """,
        {"subjects": sorted(subjects)},
    )


def rated_amounts(connection: DuckDBPyConnection, charge: str, zone: str) -> dict[str, Decimal]:
    """The amounts of October's rated predictions, by id."""
    amounts: dict[str, Decimal] = {}
    fetched = connection.execute(
        f"select prediction_id, charged_at, amount_usd from {charge} where state = 'rated'"
    )
    for prediction_id, charged_at, amount in fetched.fetchall():
        if is_october(charged_at.replace(tzinfo=UTC), zone):
            amounts[prediction_id] = add_exact([amounts.get(prediction_id, Decimal(0)), amount])
    return amounts


def is_october(instant: datetime, zone: str) -> bool:
    """Whether an instant falls in October 2026 of a zone."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m") == "2026-10"
